"""The worker on a real broker: what it publishes, and what it makes of what it hears."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from parley_chassis.mongo import Database
from parley_chassis.testing import eventually
from parley_contracts import marketplace, sla
from parley_contracts.envelope import Envelope, read
from parley_contracts.inquiries import GuestRegistered, InquiryEscalated, InquiryHandedBack
from parley_contracts.partitions import partition_of
from parley_contracts.topics import GUESTS, INQUIRIES, PARTIES, PARTITIONS, RESPONSES, TICK, WATERMARK
from parley_contracts.words import Side
from parley_conversation.testing.issuer import Issuer

pytestmark = pytest.mark.usefixtures("worker")


def types(events: list[Envelope]) -> list[str]:
    return [event.type.removeprefix("parley.").removesuffix(".v1") for event in events]


def a_wait(model: type[Any], inquiry: dict[str, Any], **more: Any) -> Any:
    now = datetime.now(UTC)
    said: dict[str, Any] = {
        "cycle_id": "cycle-1",
        "opened_by": "the first event",
        "conversation_source": "/inquiries",
        "number": inquiry["number"],
        "market": "de",
        "seller_id": "seller-1",
        "buyer_id": inquiry["buyer"]["id"],
        "owed_by": Side.SELLER,
        "start": now,
        "due": now + timedelta(hours=48),
        "policy": "standard",
        "policy_version": 1,
    }
    return model(**{**said, **more})


def an_overdue(inquiry: dict[str, Any], **more: Any) -> sla.ResponseOverdue:
    return a_wait(sla.ResponseOverdue, inquiry, **{"as_of": 1, "escalates": True, "proof": datetime.now(UTC), **more})  # type: ignore[no-any-return]


async def test_an_inquiry_is_on_the_public_topic_and_its_guest_on_the_restricted_one(door: Any, log: Any) -> None:
    inquiry = await door.guest_asks()
    id, guest_id = inquiry["id"], inquiry["buyer"]["id"]

    async def both() -> tuple[Any, Any]:
        public = [record for record in await log.records(INQUIRIES) if record.key == id.encode()]
        restricted = [record for record in await log.records(GUESTS) if record.key == guest_id.encode()]
        assert public
        assert restricted
        return public[0], restricted[0]

    added, registered = await eventually(both)
    assert added.partition == partition_of(id.encode())
    assert registered.partition == partition_of(guest_id.encode())
    event = read(registered.headers, registered.value)
    assert (event.type, event.subject, event.sequence) == (GuestRegistered.type, guest_id, None)
    assert read(added.headers, added.value).sequence == 1
    assert b"zoe@example.org" in registered.value
    assert b"zoe" not in b"".join(record.value or b"" for record in await log.records(INQUIRIES)).lower()


async def test_watermarks_pass_in_each_partition_of_inquiries_and_nowhere_else(door: Any, log: Any) -> None:
    async def in_all() -> bool:
        records = await log.records(INQUIRIES)
        marked = {record.partition for record in records if dict(record.headers)["ce_type"] == WATERMARK.encode()}
        return marked == set(range(PARTITIONS))

    await eventually(in_all)
    kinds = {dict(record.headers)["ce_type"].decode() for record in await log.records(GUESTS)}
    assert kinds <= {TICK}


async def test_the_clock_says_until_when_an_answer_is_expected(door: Any, client: httpx.AsyncClient, issuer: Issuer, log: Any) -> None:
    inquiry = await door.guest_asks()
    (added,) = await eventually(lambda: log.events(INQUIRIES, inquiry["id"]))
    seller = issuer.bearer("member-1", "seller", seller_ids=["seller-1"])

    await log.say(RESPONSES, inquiry["id"], a_wait(sla.ResponseExpected, inquiry, opened_by=added.id), source="/sla-monitor", sequence=1)

    async def counts_down() -> dict[str, Any]:
        (item,) = (await client.get("/v1/inquiries", headers=seller)).json()["items"]
        assert item["answer"]["due"]
        return dict(item["answer"])

    answer = await eventually(counts_down)
    assert answer["owed_by"] == "seller"
    assert 47 * 3600 < answer["time_left_seconds"] <= 48 * 3600


async def test_an_overdue_answer_hands_the_inquiry_to_support_once_and_a_retraction_back(
    door: Any, client: httpx.AsyncClient, issuer: Issuer, log: Any, database: Database
) -> None:
    inquiry = await door.guest_asks()
    overdue = an_overdue(inquiry)

    said = await log.say(RESPONSES, inquiry["id"], overdue, source="/sla-monitor", sequence=1)
    await log.write(RESPONSES, said.value, key=said.key, headers=said.headers())

    async def escalated() -> list[Envelope]:
        events: list[Envelope] = await log.events(INQUIRIES, inquiry["id"])
        assert types(events) == ["inquiry.added", "inquiry.escalated"]
        return events

    events = await eventually(escalated)
    told = InquiryEscalated.model_validate_json(events[1].value or b"")
    assert (told.reason, told.cycle_id, told.state, told.handler) == ("overdue", "cycle-1", "awaiting_support", "support")
    assert (events[1].causationid, events[1].sequence) == (said.id, 2)

    taken_back = a_wait(sla.ResponseOverdueRetracted, inquiry, reason=sla.RetractionReason.EXCUSED)
    await log.say(RESPONSES, inquiry["id"], taken_back, source="/sla-monitor", sequence=2)

    async def handed_back() -> list[Envelope]:
        events: list[Envelope] = await log.events(INQUIRIES, inquiry["id"])
        assert types(events) == ["inquiry.added", "inquiry.escalated", "inquiry.handed_back"]
        return events

    events = await eventually(handed_back)
    assert InquiryHandedBack.model_validate_json(events[2].value or b"").state == "awaiting_seller"


async def test_what_the_clock_says_of_tickets_is_read_and_passed_over(door: Any, log: Any, database: Database) -> None:
    inquiry = await door.guest_asks()
    of_a_ticket = an_overdue(inquiry, conversation_source="/ticketing")
    await log.say(RESPONSES, "ticket-1", of_a_ticket, source="/sla-monitor", sequence=1)
    await log.say(
        RESPONSES,
        inquiry["id"],
        an_overdue(inquiry),
        source="/sla-monitor",
        sequence=1,
    )

    async def escalated() -> bool:
        return types(await log.events(INQUIRIES, inquiry["id"])) == ["inquiry.added", "inquiry.escalated"]

    await eventually(escalated)
    assert await database["parked"].count_documents({}) == 0


async def test_people_are_known_by_name_until_they_are_erased(door: Any, client: httpx.AsyncClient, issuer: Issuer, log: Any) -> None:
    inquiry = await door.guest_asks()
    guest = issuer.link(inquiry["id"], inquiry["buyer"]["id"], "guest")
    party = marketplace.PartyChanged(
        id="seller-1", kind=marketplace.PartyKind.SELLER, display_name="Lampenladen", email="info@lampenladen.example", market="de"
    )
    said = await log.say(PARTIES, "seller-1", party, source="/marketplace")

    async def seller_name() -> str | None:
        return str((await client.get(f"/v1/inquiries/{inquiry['id']}", headers=guest)).json()["seller"]["name"])

    async def named() -> bool:
        return await seller_name() == "Lampenladen"

    await eventually(named)
    assert "info@lampenladen.example" not in (await client.get(f"/v1/inquiries/{inquiry['id']}", headers=guest)).text

    erased = Envelope(
        id="erasure",
        source="/marketplace",
        type=said.type,
        subject="seller-1",
        time=datetime.now(UTC),
        sequence=None,
        dataschema=said.dataschema,
        correlationid="erasure",
        causationid="command:test",
        value=None,
    )
    await log.write(PARTIES, None, key=b"seller-1", headers=erased.headers())

    async def forgotten() -> bool:
        return await seller_name() == "None"

    await eventually(forgotten)


HOSTILE: dict[str, dict[str, Any]] = {
    "invalid JSON": {"value": b"{"},
    "not UTF-8": {"value": b"\xff\xfe"},
    "null value": {"value": None},
    "wrong types": {"value": b'{"cycle_id": 7}'},
    "large value": {"value": b'"' + b"x" * 900_000 + b'"'},
    "header not UTF-8": {"ce_time": b"\xff"},
    "null header": {"ce_id": None},
    "sequence of words": {"ce_sequence": b"first"},
    "gap": {"ce_sequence": b"9"},
    "unknown conversation": {"subject": "i-0"},
}


@pytest.mark.parametrize("case", sorted(HOSTILE))
async def test_a_bad_record_about_one_inquiry_is_kept_with_its_reason_and_holds_up_no_other(
    door: Any, log: Any, database: Database, case: str
) -> None:
    bad, good = await door.guest_asks(), await door.guest_asks(email="mia@example.org")
    change = dict(HOSTILE[case])
    subject = change.pop("subject", bad["id"])
    overdue = an_overdue(bad)
    envelope = Envelope.of(
        overdue,
        id="hostile",
        source="/sla-monitor",
        subject=subject,
        time=datetime.now(UTC),
        sequence=1,
        correlationid="hostile",
        causationid="command:test",
    )
    value = change.pop("value", envelope.value)
    headers = [(name, change.get(name, raw)) for name, raw in envelope.headers()]
    await log.write(RESPONSES, value, key=subject.encode(), headers=headers)
    await log.say(
        RESPONSES,
        good["id"],
        an_overdue(good),
        source="/sla-monitor",
        sequence=1,
    )

    async def escalated() -> bool:
        return types(await log.events(INQUIRIES, good["id"])) == ["inquiry.added", "inquiry.escalated"]

    async def kept() -> dict[str, Any]:
        rows = await database["parked"].find().to_list(None)
        assert rows
        return dict(rows[0])

    await eventually(escalated)
    row = await eventually(kept)
    assert row["reason"]
    assert "Traceback" not in row["reason"]
    assert types(await log.events(INQUIRIES, bad["id"])) == ["inquiry.added"]


async def test_an_unknown_type_moves_the_sequence_and_nothing_else(door: Any, log: Any, database: Database) -> None:
    inquiry = await door.guest_asks()
    overdue = an_overdue(inquiry)
    future = Envelope.of(
        overdue,
        id="future",
        source="/sla-monitor",
        subject=inquiry["id"],
        time=datetime.now(UTC),
        sequence=1,
        correlationid="future",
        causationid="command:test",
    )
    headers = [(name, b"parley.response.pondered.v2" if name == "ce_type" else raw) for name, raw in future.headers()]
    await log.write(RESPONSES, b"\x00 no JSON", key=future.key, headers=headers)
    await log.say(RESPONSES, inquiry["id"], overdue, source="/sla-monitor", sequence=2)

    async def escalated() -> bool:
        return types(await log.events(INQUIRIES, inquiry["id"])) == ["inquiry.added", "inquiry.escalated"]

    await eventually(escalated)
    assert await database["parked"].count_documents({}) == 0


async def test_a_marketplace_may_write_structured_events(door: Any, client: httpx.AsyncClient, issuer: Issuer, log: Any) -> None:
    inquiry = await door.guest_asks()
    guest = issuer.link(inquiry["id"], inquiry["buyer"]["id"], "guest")
    event = {
        "specversion": "1.0",
        "id": "change-1",
        "source": "/shop",
        "type": "parley.party.changed.v1",
        "subject": "seller-1",
        "time": datetime.now(UTC).isoformat(),
        "data": {"id": "seller-1", "kind": "seller", "display_name": "Lampenladen", "market": "de", "email": None},
    }
    headers = [("content-type", b"application/cloudevents+json; charset=UTF-8")]

    await log.write(PARTIES, json.dumps(event).encode(), key=b"seller-1", headers=headers)

    async def named() -> bool:
        return bool((await client.get(f"/v1/inquiries/{inquiry['id']}", headers=guest)).json()["seller"]["name"] == "Lampenladen")

    await eventually(named)
