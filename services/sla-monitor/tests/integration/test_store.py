"""The database answers as the memory does, with either driver."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from parley_contracts.topics import TICKETS
from sla_monitor.domain.events import About, Posted
from sla_monitor.domain.policy import BEGINNING, OutageWindow, Policy
from sla_monitor.domain.responses import Place, Sight, Standing, Wanted
from sla_monitor.domain.words import Role, Side
from sla_monitor.main import open_transactions
from sla_monitor.ports import Partition
from sla_monitor.testing import Log, MemoryMonitor, T
from sla_monitor.use_cases import following, questions
from sla_monitor.use_cases.outages import declare, list_outages
from sla_monitor.use_cases.policies import adopt

HOUR = timedelta(hours=1)
HERE = Partition("parley.ticketing.tickets.v1", 2)
EVERYTHING = Sight(everything=True)
SETTLED = (Standing.SETTLED,)

pytestmark = pytest.mark.parametrize("database", ["motor", "pymongo"], indirect=True)


@pytest.fixture
async def runners(reader: Any, monitor: MemoryMonitor) -> list[Any]:
    """The same history in the database and in memory."""
    runners = [reader.transact, monitor]
    monitor.lines = []
    for run in runners:
        await run(adopt, {"de": Policy(), "fr": Policy()})
        for number in range(40):
            about = About(
                source="/ticketing", market=("de", "fr")[number % 2], seller_id=f"seller-{number % 3}", category="post_purchase", number="T"
            )
            for sequence, by, at in ((1, Role.BUYER, number), (2, Role.SELLER, 20 + 2 * number))[: 1 + (number % 4 == 0)]:
                event = Posted(
                    id=f"{number}-{sequence}",
                    sequence=sequence,
                    at=T + at * HOUR,
                    about=about,
                    by=by,
                    message_id=f"m-{number}-{sequence}",
                )
                await run(following.follow, f"c-{number}", event, partition=HERE, watermark=None)
        while await run(following.let_time_pass, HERE, T + 72 * HOUR):
            pass
    return runners


@pytest.mark.parametrize(
    ("sight", "wanted"),
    [
        (EVERYTHING, Wanted()),
        (EVERYTHING, Wanted(standings=SETTLED)),
        (EVERYTHING, Wanted(standings=(Standing.OVERDUE, Standing.DUE_SOON), owed_by=Side.SELLER)),
        (EVERYTHING, Wanted(market="de", seller_id="seller-1")),
        (EVERYTHING, Wanted(owed_by=Side.SUPPORT)),
        (EVERYTHING, Wanted(category="pre_purchase")),
        (Sight(markets=frozenset({"de"})), Wanted()),
        (Sight(sellers=frozenset({"seller-0", "seller-2"})), Wanted(standings=SETTLED)),
        (Sight(markets=frozenset({"fr"}), sellers=frozenset({"seller-1"})), Wanted()),
        (Sight(), Wanted()),
    ],
)
async def test_lists_and_counts(sight: Sight, wanted: Wanted, runners: list[Any]) -> None:
    answers = []
    for run in runners:
        found, after = list[Any](), None
        while page := await run(questions.list_responses, sight, wanted, after=after, limit=7):
            found += page.responses
            after = page.following
            if after is None:
                break
        counts = await run(questions.count_responses, sight, wanted)
        answers.append((found, counts.standings, counts.owed_by, counts.categories))

    assert answers[0] == answers[1]
    assert len(answers[0][0]) == answers[0][1].total()


async def test_a_page_may_begin_anywhere(runners: list[Any]) -> None:
    place = Place(T + 50 * HOUR, "no such id")

    found = [(await run(questions.list_responses, EVERYTHING, Wanted(), after=place, limit=5)).responses for run in runners]

    assert found[0] == found[1]
    assert found[0]


async def test_a_single_cycle_with_its_evidence(runners: list[Any]) -> None:
    cycle = (await runners[0](questions.list_responses, EVERYTHING, Wanted(), after=None, limit=1)).responses[0].cycle

    explained = [await run(questions.explain_response, EVERYTHING, cycle.id) for run in runners]

    assert replace(explained[0], now=T) == replace(explained[1], now=T)
    assert explained[0].policy.valid_from == BEGINNING


async def test_a_version_that_another_process_added_is_read_by_the_next_transaction(reader: Any) -> None:
    mine, other = reader.transact, open_transactions(reader.database)
    await mine(adopt, {"de": Policy()})

    await other(adopt, {"de": Policy(version=2, target=HOUR)})

    async def versions(tx: Any) -> list[int]:
        return [entry.policy.version for entry in (await tx.policies.book()).entries]

    assert await mine(versions) == [1, 2]


async def test_workers_that_start_together_add_a_version_once(reader: Any) -> None:
    runners = [open_transactions(reader.database) for _ in range(5)]

    await asyncio.gather(*(run(adopt, {"de": Policy(version=2), "fr": Policy()}) for run in runners))

    lines = await reader.rows("policies", _id={"$ne": "book"})
    assert [(line["market"], line["version"]) for line in lines] == [("de", 1), ("de", 2), ("fr", 1)]
    assert lines[1]["valid_from"] > lines[0]["valid_from"]


async def test_a_refused_policy_leaves_the_book_as_it_is(reader: Any) -> None:
    before = await reader.rows("policies")

    with pytest.raises(ValueError, match=r"write response\.version: 2"):
        await reader.transact(adopt, {"fr": Policy(), "de": Policy(target=HOUR)})

    assert await reader.rows("policies") == before


async def test_nothing_is_quiet_as_long_as_a_declared_outage_waits_for_a_partition(reader: Any, log: Log) -> None:
    await reader.read(log.watermarks(50 * HOUR))
    await reader.transact(declare, OutageWindow("o-1", T + 46 * HOUR, T + 49 * HOUR, T, "oncall-1", "a test"))
    quiet = {(TICKETS.name, 0): T + 51 * HOUR}
    assert await reader.due.nothing(quiet)

    await reader.due.look()
    assert not await reader.due.nothing(quiet)

    await reader.read(log.watermarks(51 * HOUR))
    await reader.due.look()
    assert await reader.due.nothing(quiet)
    assert (await reader.rows("policies", _id="book"))[0] == {"_id": "book", "lines": 14, "declared": 1, "begun": 12}


async def test_a_line_that_was_never_committed_is_not_in_the_book_when_another_one_gets_its_number(reader: Any) -> None:
    lost, kept = (OutageWindow(id, T, T + HOUR, T, "oncall-1", "a test") for id in ("lost", "kept"))

    async def given_up(tx: Any) -> None:
        await tx.policies.add([lost])
        assert lost in (await tx.policies.book()).declared, "a transaction sees what it does itself"
        raise ZeroDivisionError

    async def beside(tx: Any) -> None:
        await tx.policies.book()
        with pytest.raises(ZeroDivisionError):
            await reader.transact(given_up)
        await tx.policies.add([kept])

    await reader.transact(beside)

    assert [each.outage.id for each in await reader.transact(list_outages)] == ["kept"]
