"""Whatever stands on the topics: it is parked or refused with its reason, and the next mail goes out."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from parley_chassis.testing import SmtpSink, eventually
from parley_contracts.ticketing import TicketCreated
from parley_contracts.topics import PARTIES, RESPONSES, TICKETS, Topic

Running = Callable[..., AbstractAsyncContextManager[None]]
Said = Callable[..., dict[str, Any]]


def headers(type: str, subject: str, **more: str | bytes | None) -> list[tuple[str, bytes | None]]:
    said: dict[str, str | bytes | None] = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid4()),
        "ce_source": "/ticketing",
        "ce_type": type,
        "ce_subject": subject,
        "ce_time": "2026-11-24T00:00:00.000Z",
        "ce_sequence": "1",
    }
    return [(name, value.encode() if isinstance(value, str) else value) for name, value in (said | more).items()]


CREATED = "parley.ticket.created.v1"
CHANGED = "parley.party.changed.v1"
SOMEBODY_ELSE = b'{"id": "anna", "kind": "buyer", "display_name": "Evil", "email": "evil@evil.example", "market": "north"}'


@dataclass(frozen=True)
class Hostile:
    """A record that cannot be applied, and where it is kept. ``x`` in its key and headers is a subject of its own."""

    what: str
    value: bytes | None
    kept_as: str = "parked"
    topic: Topic = TICKETS
    type: str = CREATED
    key: str | None = "x"
    headers: dict[str, str | bytes | None] = field(default_factory=dict)


HOSTILE = (
    Hostile("no JSON", b"{"),
    Hostile("not UTF-8", b'{"number": "\xff\xfe"}'),
    Hostile("a header that is not UTF-8", b"{}", headers={"ce_source": b"\xff"}),
    Hostile("a null header", b"{}", headers={"ce_type": None}),
    Hostile("an unknown version of CloudEvents", b"{}", headers={"ce_specversion": "7"}),
    Hostile("another shape", b'{"number": ["T"]}'),
    Hostile("deep nesting", b"[" * 60_000),
    Hostile("a null value", None),
    Hostile("a gap", b"{}", headers={"ce_sequence": "0"}),
    Hostile("no key", b"{}", "refused", key=None),
    Hostile("another's key", b"{}", "refused", key="y"),
    Hostile("a time to come", b"{}", "refused", headers={"ce_time": "2999-01-01T00:00:00Z"}),
    Hostile("a wait of nobody", b"{}", topic=RESPONSES, type="parley.response.expected.v1"),
    Hostile("a party that is no party", b'{"id": 7}', topic=PARTIES, type=CHANGED),
    Hostile("a party under another's key", SOMEBODY_ELSE, topic=PARTIES, type=CHANGED),
)


async def test_each_is_set_aside_with_its_reason_and_the_next_mail_goes_out(
    log: Any, running: Running, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    await log.person("anna", "Anna König", "anna@people.example")
    placed = []
    for n, hostile in enumerate(HOSTILE):
        key = f"{hostile.key}-{n}".encode() if hostile.key else None
        said = headers(hostile.type, f"x-{n}", **hostile.headers)
        place = await log.producer.send_and_wait(log.prefix + hostile.topic.name, hostile.value, key=key, headers=said, partition=0)
        placed.append((hostile, place.offset))
    async with running():
        good = await log.say(TICKETS, str(uuid4()), TicketCreated(**a_ticket(), message=a_message()))
        (mail,) = await eventually(lambda: smtp_sink.to("anna@people.example"))
        for hostile, offset in placed:
            where = {"topic": hostile.topic.name, "partition": 0, "offset": offset}
            row = await eventually(lambda kept=hostile.kept_as, where=where: database[kept].find_one(where))
            assert row["reason"], hostile.what

    assert mail.message["Message-ID"]
    assert {row["conversation_id"] async for row in database.deliveries.find()} == {good.subject}


async def test_an_event_of_an_unknown_market_is_parked_and_says_what_to_do(
    log: Any, running: Running, a_ticket: Said, a_message: Said, database: Any
) -> None:
    async with running():
        await log.say(TICKETS, str(uuid4()), TicketCreated(**a_ticket(market="atlantis"), message=a_message()))
        row = await eventually(lambda: database.parked.find_one({}))

    assert "add one, then redrive this event" in row["reason"]


async def test_values_that_this_version_does_not_know_are_told_to_nobody(
    log: Any, running: Running, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    await log.person("anna", "Anna König", "anna@people.example")
    ticket = str(uuid4())
    async with running():
        created = await log.say(TICKETS, ticket, TicketCreated(**a_ticket(), message=a_message()))
        await eventually(lambda: smtp_sink.mails)
        said = b'{"visibility": "telepathy", "id": "m", "author_id": "shop", "author_role": "robot", "length": 1}'
        value = created.value.rstrip(b"}").rpartition(b',"message"')[0] + b',"message":' + said + b', "novelty": 1}'
        await log.producer.send_and_wait(
            log.prefix + TICKETS.name,
            value,
            key=ticket.encode(),
            headers=headers("parley.reply.posted.v1", ticket, ce_sequence="2", ce_source="/ticketing"),
        )

        async def moved() -> bool:
            row = await database.positions.find_one({"_id": f"{TICKETS.name}/{ticket}"})
            return row is not None and row["sequence"] == 2

        await eventually(moved)

    assert len(smtp_sink.mails) == 1
