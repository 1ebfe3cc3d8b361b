"""The checker finds whatever is left of somebody who was erased, wherever it lies, and nothing where nothing is left."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import bson
import pytest
from parley_chassis.inbox import ERASED_KEPT
from parley_contracts.topics import DELIVERIES, GUESTS, ORDERS, PARTIES, SELLERS, Topic
from parley_drill import journal
from parley_drill.checks.erasure import ON_ITS_WAY, OVERLAPPING, unheard
from parley_drill.evidence import Evidence, load
from parley_drill.leaving import Leaver, Marks, leaving, members_of
from parley_drill.log import Record
from parley_drill.marketplace import DRILL
from parley_drill.searching import said, searched
from parley_drill.verdict import judge
from parley_drill.world import World, at

TICKET = "0199cccc-0000-7000-8000-000000000001"
PEOPLE = leaving(0, DRILL)
BUYER = Leaver.of(PEOPLE.buyers[0])
GUEST = Leaver("guest-1", "guest", "gone0123456789abcdef", "guest@gone0123456789abcdef.example")
ORDER = f"{BUYER.id}-0"
ERASED = at(30)


def evidence() -> Evidence:
    """A ticket of somebody who stays; a buyer with an order and a guest, who were mailed, and then erased everywhere."""
    world = World()
    world.opened(TICKET, 1)
    world.answered(TICKET, 5)
    world.watermark(20)
    found = world.evidence()
    found.erasures = [{**BUYER.told(), "orders": [ORDER], "before": ["notifier.people"]}, {**GUEST.told(), "orders": [], "before": []}]
    found.others = [*told(PARTIES, BUYER.id, BUYER), *told(PARTIES, GUEST.id, None), *told(ORDERS, ORDER, BUYER)]
    found.records += told(GUESTS, GUEST.id, GUEST)
    for service, topic, subject in (
        *((service, PARTIES, each.id) for service in ("ticketing", "inquiries", "notifier") for each in (BUYER, GUEST)),
        ("ticketing", ORDERS, ORDER),
        ("notifier", GUESTS, GUEST.id),
    ):
        found.rows["positions"].append({"database": service, "_id": f"{topic.name}/{subject}", "expires": ERASED + ERASED_KEPT})
    return found


def told(topic: Topic, key: str, who: Leaver | None) -> list[Record]:
    """What was said of somebody, and the tombstone after it."""
    word = [Record(topic.name, 0, 0, 0.0, key, (), f'{{"email": "x@{who.mark}.example"}}'.encode())] if who else []
    return [*word, Record(topic.name, 0, 1, 0.0, key, (), None)]


def mailed(found: Evidence, who: Leaver, seconds: float, **row: Any) -> None:
    """The mail of the world's first delivery goes to somebody who was erased, so many seconds after that."""
    first = found.rows["deliveries"][0]
    first |= {"recipient": f"party:{who.id}", "ended": ERASED + timedelta(seconds=seconds)} | row
    mail = next(each for each in found.mails if each["message_id"] == first["message_id"])
    mail |= {"to": who.address, "at": (ERASED + timedelta(seconds=seconds)).timestamp()}


def invariants(found: Evidence) -> set[str]:
    return {violation.invariant for violation in judge(found).violations if violation.promise == "G15"}


def test_nothing_is_found_where_nothing_is_left() -> None:
    found = evidence()

    assert judge(found).word == "kept", judge(found).violations
    assert judge(found).figures["erasures"]["people"] == 2


def row_left(found: Evidence) -> None:
    found.traces = [{"database": "inquiries", "collection": "outbox", "row": "1", "of": GUEST.id, "what": "the mark"}]


def line_in_a_log(found: Evidence) -> None:
    found.said = {"lines": 7, "traces": [{"file": "notifier-work-1.log", "line": 7, "of": BUYER.id, "what": "the mark"}]}


def in_a_public_value(found: Evidence) -> None:
    record = found.records[0]
    found.records[0] = replace(record, value=(record.value or b"").replace(b"T-1", BUYER.mark.encode()))


def in_a_public_header(found: Evidence) -> None:
    found.records.append(Record(DELIVERIES.name, 0, 0, 0.0, TICKET, (("ce_id", BUYER.mark.encode()),), b"{}"))


def in_a_public_key(found: Evidence) -> None:
    found.others.append(Record(SELLERS.name, 0, 0, 0.0, BUYER.mark.upper(), (), None))


def no_tombstone(found: Evidence) -> None:
    found.others = [each for each in found.others if each.topic != ORDERS.name or each.value is not None]


def told_again_after_the_tombstone(found: Evidence) -> None:
    guest = next(each for each in found.records if each.topic == GUESTS.name)
    found.records.append(replace(guest, offset=2))


def tombstone_that_names_them(found: Evidence) -> None:
    last = found.others[1]
    found.others[1] = replace(last, headers=(("name", BUYER.mark.encode()),))


def without_a_key(found: Evidence) -> None:
    found.others.append(Record(PARTIES.name, 0, 2, 0.0, None, (), BUYER.mark.encode()))


def digest_of_the_address(found: Evidence) -> None:
    digest = sha256(str(GUEST.address).encode()).hexdigest()
    found.records.append(Record(DELIVERIES.name, 0, 0, 0.0, TICKET, (), digest.encode()))


def sent_after_the_erasure(found: Evidence) -> None:
    mailed(found, BUYER, OVERLAPPING + 1)


def handed_over_after_the_erasure(found: Evidence) -> None:
    mailed(found, GUEST, ON_ITS_WAY + 1, state="erased")


def found_nowhere_before(found: Evidence) -> None:
    found.erasures = [{**each, "before": []} for each in found.erasures]


def on_no_topic_before(found: Evidence) -> None:
    found.others = [each for each in found.others if each.value is None]


def not_heard(found: Evidence) -> None:
    place = f"{GUESTS.name}/{GUEST.id}"
    found.rows["positions"] = [row for row in found.rows["positions"] if row["_id"] != place]


def heard_and_told_anew(found: Evidence) -> None:
    next(row for row in found.rows["positions"] if row["_id"] == f"{ORDERS.name}/{ORDER}")["expires"] = None


SPOILT: dict[Callable[[Evidence], None], str] = {
    row_left: "I22 trace",
    line_in_a_log: "I22 log",
    in_a_public_value: "I22 topic",
    in_a_public_header: "I22 topic",
    in_a_public_key: "I22 topic",
    no_tombstone: "I22 topic",
    told_again_after_the_tombstone: "I22 topic",
    tombstone_that_names_them: "I22 topic",
    without_a_key: "I22 topic",
    digest_of_the_address: "I22 topic",
    sent_after_the_erasure: "I22 mail",
    handed_over_after_the_erasure: "I22 mail",
    found_nowhere_before: "I22 blind",
    on_no_topic_before: "I22 blind",
    not_heard: "I22 unheard",
    heard_and_told_anew: "I22 unheard",
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_what_was_spoilt_is_found(spoil: Callable[[Evidence], None]) -> None:
    found = evidence()
    spoil(found)

    assert invariants(found) == {SPOILT[spoil]}


@pytest.mark.parametrize("seconds", [-5.0, OVERLAPPING - 1])
def test_a_mail_that_was_leaving_when_its_recipient_was_erased_may_arrive(seconds: float) -> None:
    found = evidence()
    mailed(found, BUYER, seconds)

    assert not invariants(found)
    assert "I10 recipient" not in {violation.invariant for violation in judge(found).violations}, "the address is in no row any more"


def test_a_wait_that_an_erasure_voided_after_its_time_needs_no_overdue_fact() -> None:
    world = World()
    world.opened(TICKET, 1)
    world.erased(TICKET, 8)
    world.watermark(20)

    assert judge(world.evidence()).word == "kept", judge(world.evidence()).violations
    assert not judge(world.evidence()).figures["overdue"]


def test_nobody_knows_when_a_mail_went_where_clocks_jump() -> None:
    found = evidence()
    mailed(found, BUYER, 900)
    found.faults = [{"kind": "clock-jump", "target": "notifier-work-1", "began": 0.0, "ended": 1.0}]

    assert not invariants(found)


def test_a_drill_has_not_settled_before_everybody_has_heard() -> None:
    found = evidence()
    found.rows["positions"] = [row for row in found.rows["positions"] if row["database"] != "inquiries"]

    assert unheard(found) == [f"inquiries has not applied the erasure of {each.id} on {PARTIES.name}" for each in (BUYER, GUEST)]


def test_what_a_guest_told_may_be_on_the_log_alone_once_a_tombstone_follows() -> None:
    found = evidence()
    assert "I5 phantom" not in {violation.invariant for violation in judge(found).violations}

    found.records = [each for each in found.records if each.topic != GUESTS.name or each.value is not None]
    assert "I22 topic" in invariants(found)


def test_a_shop_that_goes_is_mailed_for_by_both_of_its_members_or_by_the_one_who_stays() -> None:
    member, colleague = (each.id for each in PEOPLE.members)

    assert members_of(PEOPLE.shops[0].id) == [{member, colleague}, {colleague}]


async def rows(*found: tuple[str, str, dict[str, Any]]) -> AsyncIterator[tuple[str, str, str, bytes]]:
    for database, collection, row in found:
        yield database, collection, str(row["_id"]), bson.encode(row)


DIGEST = sha256(str(GUEST.address).encode()).hexdigest()


@pytest.mark.parametrize(
    ("collection", "row"),
    [
        ("parties", {"_id": "1", "display_name": f"Lee {BUYER.mark}"}),
        ("parties", {"_id": "1", "display_name": f"LEE {BUYER.mark.upper()}"}),
        ("outbox", {"_id": "1", "value": f'{{"email": "a@{BUYER.mark}.example"}}'.encode()}),
        ("parked", {"_id": "1", "headers": [["name", BUYER.mark.encode()]]}),
        ("commands", {"_id": "1", "answer": {"body": {"messages": [{"text": f"I am {BUYER.mark}."}]}}}),
        ("anything", {"_id": "1", "by_name": {BUYER.mark: True}}),
        ("anything", {"_id": BUYER.mark}),
        ("commands", {"_id": "1", "principal": f"guest:{DIGEST}"}),
        ("dead_addresses", {"_id": DIGEST}),
        ("images", {"_id": "1", "owner_id": BUYER.id}),
        ("reply_templates", {"_id": "1", "seller_id": BUYER.id}),
        ("image_contents", {"_id": "1", "content": b"webp"}),
    ],
)
async def test_a_row_is_found_wherever_in_it_the_trace_lies(collection: str, row: dict[str, Any]) -> None:
    marks = Marks([BUYER.told(), GUEST.told()])

    looked, traces = await searched(rows(("inquiries", "history", {"_id": "0", "by_id": BUYER.id}), ("inquiries", collection, row)), marks)

    assert [(each["database"], each["collection"], each["row"]) for each in traces] == [("inquiries", collection, str(row["_id"]))]
    assert sum(line["rows"] for line in looked) == 2


async def test_a_guest_may_be_counted_for_an_hour_under_a_digest_and_under_nothing_else() -> None:
    marks = Marks([GUEST.told()])

    async def traces(row: dict[str, Any]) -> list[dict[str, Any]]:
        return (await searched(rows(("inquiries", "guest_tallies", row)), marks))[1]

    assert not await traces({"_id": f"address:{DIGEST}"})
    assert await traces({"_id": f"address:{GUEST.address}"})


async def test_a_picture_with_an_owner_who_stays_is_nobodys_trace() -> None:
    kept = rows(("ticketing", "images", {"_id": "1", "owner_id": "buyer-1"}), ("ticketing", "image_contents", {"_id": "1", "content": b""}))

    assert not (await searched(kept, Marks([BUYER.told()])))[1]


def test_what_was_found_is_judged_from_the_files_alone(tmp_path: Path) -> None:
    found = evidence()
    row_left(found)
    for name, lines in (("erasures", found.erasures), ("traces", found.traces), ("others", [each.line() for each in found.others])):
        journal.save(tmp_path / f"{name}.jsonl", lines)
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "ticketing-work-1.log").write_text(f"12:00:00.000 {BUYER.mark}\n")

    read = load(tmp_path)

    assert (read.others, read.erasures) == (found.others, found.erasures)
    assert {"I22 trace", "I22 log"} <= invariants(read)


def test_every_line_of_every_process_of_ours_is_read(tmp_path: Path) -> None:
    (tmp_path / "notifier-work-1.log").write_text(f"12:00:00.000 ready\n12:00:01.000 mail to {BUYER.address}\n")
    (tmp_path / "notifier-work-1.1.log").write_text(f"12:00:00.000 Lee {BUYER.mark}\n")
    (tmp_path / "mongodb.log").write_text(BUYER.mark)

    found = said(tmp_path, Marks([BUYER.told()]))

    assert found["lines"] == 3
    assert [(each["file"], each["line"]) for each in found["traces"]] == [("notifier-work-1.1.log", 1), ("notifier-work-1.log", 2)]
