"""The database counts for a seller what the memory counts, and knows of whom a day can have changed something."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from parley_chassis.positions import place_id
from parley_contracts.sla import SellerHealthChanged
from parley_contracts.topics import INQUIRIES, PARTITIONS, TICKETS
from parley_contracts.topics import SELLERS as SELLERS_TOPIC
from sla_monitor.dispatch import Assessment
from sla_monitor.domain.events import About, Closed, Event, HandedOver, Posted, Rated, Reopened
from sla_monitor.domain.performance import Figures, Limits, Window, count
from sla_monitor.domain.policy import Policy
from sla_monitor.domain.words import HandOver, Role, Side
from sla_monitor.main import open_transactions
from sla_monitor.ports import Partition
from sla_monitor.store import Touched
from sla_monitor.store.documents import document_of_response
from sla_monitor.store.sellers import document_of_rating
from sla_monitor.store.touched import UNDER_WAY
from sla_monitor.testing import MemoryMonitor, T
from sla_monitor.use_cases import following
from sla_monitor.use_cases.policies import adopt

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HERE = Partition("parley.ticketing.tickets.v1", 2)
SELLERS = [f"seller-{number}" for number in range(6)]
SOON = Limits(from_waits=1, from_ratings=1)


@pytest.fixture
async def database(database: Any, monitor: MemoryMonitor) -> Any:
    """Fifty days of some sellers' waits and ratings, in memory and in the database."""
    chance = random.Random(7)
    for number in range(50):
        at = T + chance.randint(0, 50 * 24) * HOUR
        about = About(source="/ticketing", market="de", seller_id=chance.choice(SELLERS), number="T")
        events: list[Event] = [Posted(id=f"{number}-1", sequence=1, at=at, about=about, by=Role.BUYER, message_id="m1")]
        for sequence in range(2, chance.randint(2, 6)):
            at += chance.randint(1, 90) * HOUR
            given: dict[str, Any] = {"id": f"{number}-{sequence}", "sequence": sequence, "at": at}
            events.append(
                chance.choice(
                    (
                        Posted(**given, by=Role.SELLER, message_id=f"m{sequence}"),
                        Closed(**given, by=Role.SELLER),
                        Closed(**given, by=Role.SELLER),
                        Reopened(**given, by=Role.BUYER, message_id=f"m{sequence}"),
                        HandedOver(**given, reason=HandOver.APPEAL),
                        Rated(**given, stars=chance.randint(1, 5), side=Side.SELLER),
                    )
                )
            )
        for event in events:
            await monitor(following.follow, f"c-{number}", event, partition=HERE, watermark=None)
    while await monitor(following.let_time_pass, HERE, T + 60 * DAY):
        pass
    await database["cycles"].insert_many([document_of_response(row) for row in monitor.rows.values()])
    await database["ratings"].insert_many([document_of_rating(row) for row in monitor.ratings.values()])
    return database


async def counted(tx: Any, day: date) -> dict[str, Figures]:
    window = Window(day)
    return {seller: count(await tx.sellers.waits(seller, window), await tx.sellers.ratings(seller, window), window) for seller in SELLERS}


async def test_the_same_is_counted_and_who_is_not_asked_for_is_as_before(database: Any, monitor: MemoryMonitor) -> None:
    stored, touched, untouched, whole = open_transactions(database), Touched(database), 0, list[Figures]()
    for number in range(4, 60, 9):
        day = T.date() + number * DAY
        before, figures = await monitor(counted, day - DAY), await monitor(counted, day)
        asked = await touched(day, known=T)

        assert await stored(counted, day) == figures
        assert {seller for seller in SELLERS if figures[seller] != before[seller]} <= set(asked)
        untouched += len(set(SELLERS) - set(asked))
        whole += figures.values()
    assert untouched, "or nothing was shown"
    assert any(each.late and each.ratings for each in whole)


async def test_who_is_known_of_late_is_asked_for_with_the_day_that_is_assessed_next(database: Any) -> None:
    stored, touched, next_day = open_transactions(database), Touched(database), T.date() + 100 * DAY
    frozen, rated = (About(source="/ticketing", market="de", seller_id=seller_id, number="T") for seller_id in ("frozen", "rated"))
    await stored(adopt, {"de": Policy()})
    asked = Posted(id="f-1", sequence=1, at=T, about=frozen, by=Role.BUYER, message_id="m1")
    await stored(following.follow, "f", asked, partition=HERE, watermark=None)
    await stored(following.freeze, HERE.topic, "f")
    assert not await stored(following.let_time_pass, HERE, T + 99 * DAY)
    # As if it had been told on the day of the question.
    await database["cycles"].update_many({}, {"$unset": {"belated": 1}})
    assert await touched(next_day, known=T) == []

    await stored(following.thaw, HERE.topic, "f", T + 99 * DAY)
    stars = Rated(id="r-1", sequence=1, at=T, about=rated, stars=1, side=Side.SELLER)
    await stored(following.follow, "r", stars, partition=HERE, watermark=None)

    assert await touched(next_day, known=T) == ["frozen", "rated"]
    told_at = (await database["ratings"].find_one({"_id": "r-1"}))["belated"]
    assert "rated" in await touched(next_day, known=told_at + UNDER_WAY), "its transaction may have been under way"
    assert await touched(next_day, known=told_at + UNDER_WAY + timedelta(milliseconds=1)) == []


async def test_a_change_stands_in_the_outbox_once(database: Any) -> None:
    places = [place_id(topic.name, number) for topic in (TICKETS, INQUIRIES) for number in range(PARTITIONS)]
    await database["positions"].insert_many([{"_id": id, "began": 0, "offset": 1, "watermark": T + 60 * DAY} for id in places])
    assessment = Assessment(open_transactions(database), Touched(database), {"de": SOON})

    await assessment.look()
    await database["sellers"].update_one({"_id": "#assessed"}, {"$set": {"day": T + 57 * DAY}})
    await assessment.look()

    told = await database["outbox"].find().to_list(None)
    rows = await database["sellers"].find({"since": {"$ne": None}}).to_list(None)
    assert sorted(row["key"] for row in told) == sorted(row["_id"] for row in rows if "health" in row)
    assert told
    assert {(row["topic"], row["type"], row["sequence"]) for row in told} == {(SELLERS_TOPIC.name, SellerHealthChanged.type, None)}
