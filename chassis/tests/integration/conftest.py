"""What these tests share: a database through each driver, a line to it that can break, and a service that notes what it reads."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from parley_chassis.mongo import Database, Transactions, Unit, close, connect, ensure_indexes
from parley_chassis.mongo.transactions import INDEXES
from parley_chassis.subscription import INDEXES as SUBSCRIPTION_INDEXES
from parley_chassis.subscription import Received, Subscription
from parley_contracts.envelope import Envelope, EventData, derived_id, timestamp
from parley_contracts.topics import TICKETS, Topic
from parley_contracts.watermark import watermark_record


@pytest.fixture(params=["motor", "pymongo"])
async def either_database(request: pytest.FixtureRequest, mongodb_uri: str, database_name: str) -> AsyncIterator[Database]:
    """A database of this test's own, once through each driver."""
    client = connect(mongodb_uri, driver=request.param, app="test")
    await ensure_indexes(client[database_name], INDEXES)
    yield client[database_name]
    await close(client)


@pytest.fixture
async def service_database(mongodb_uri: str, database_name: str) -> AsyncIterator[Database]:
    """A database of this test's own, through the default driver."""
    client = connect(mongodb_uri, app="test")
    await ensure_indexes(client[database_name], INDEXES)
    yield client[database_name]
    await close(client)


@dataclass
class Line:
    """A TCP line to the database. It breaks at each of the next ``breaks`` requests that hold ``word``.

    ``after`` says whether the server still gets that request, so that only its answer is lost.
    """

    uri: str = ""
    word: bytes = b""
    after: bool = True
    breaks: int = 0
    seen: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def cut(self, word: str, *, times: int, after: bool) -> None:
        self.word, self.breaks, self.after, self.seen = word.encode(), times, after, 0

    async def serve(self, host: str, port: int, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        far, request = await asyncio.open_connection(host, port)
        back = asyncio.create_task(_copy(far, answer))
        try:
            while data := await near.read(65536):
                cut = self.word and self.word in data and self.seen < self.breaks
                if cut:
                    self.seen += 1
                    back.cancel()
                    await asyncio.wait({back})
                    if not self.after:
                        break
                request.write(data)
                await request.drain()
                if cut:
                    await far.read(65536)
                    break
        finally:
            back.cancel()
            for writer in (request, answer):
                writer.close()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await back


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()


@pytest.fixture
async def line(mongodb_uri: str) -> AsyncIterator[Line]:
    """The real database behind a line that breaks on demand."""
    address = urlsplit(mongodb_uri.split(",")[0])
    host, port = address.hostname or "127.0.0.1", address.port or 27017
    line = Line()

    async def serve(near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await line.serve(host, port, near, answer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    line.uri = f"mongodb://127.0.0.1:{server.sockets[0].getsockname()[1]}/?directConnection=true"
    yield line
    server.close()


class Noted(EventData):
    """An event of these tests."""

    type: ClassVar[str] = "parley.reply.posted.v1"

    text: str


@dataclass
class Log:
    """A partition in memory: builds records at their offsets, as a broker would hand them out."""

    topic: Topic = TICKETS
    partition: int = 0
    end: int = 0
    now: datetime = field(default_factory=lambda: datetime(2026, 11, 24, 12, tzinfo=UTC))

    def raw(self, *, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]] = ()) -> Any:
        offset, self.end = self.end, self.end + 1
        at = int(self.now.timestamp() * 1000)
        return ConsumerRecord(
            self.topic.name, self.partition, offset, at, 1, key, value, None, len(key or b""), len(value or b""), tuple(headers)
        )

    def event(self, subject: str, sequence: int | None, text: str = "", *, value: bytes | None = None, **more: Any) -> Any:
        envelope = Envelope(
            id=more.pop("id", f"{subject}-{sequence}"),
            source="/test",
            type=more.pop("type", Noted.type),
            subject=subject,
            time=more.pop("time", self.now),
            sequence=sequence,
            dataschema="urn:x",
            correlationid="c",
            causationid="c",
            value=value or Noted(text=text or str(sequence)).model_dump_json().encode(),
        )
        envelope = envelope.traced(*(more.pop("trace", None) or (None,)))
        changes: dict[str, bytes | None] = {name: more.pop(name) for name in list(more) if name.startswith("ce_")}
        headers = [(name, changes.get(name, given)) for name, given in envelope.headers() if changes.get(name, given) != b""]
        assert not more
        return self.raw(key=subject.encode(), value=envelope.value, headers=headers)

    def watermark(self, at: datetime) -> Any:
        headers, value = watermark_record(id="w", source="/test", at=at, time=self.now)
        return self.raw(key=None, value=value, headers=headers)

    def tombstone(self, subject: str, *, time: datetime | None = None) -> Any:
        headers = [("ce_specversion", "1.0"), ("ce_id", "t"), ("ce_source", "/x"), ("ce_type", "parley.party.changed.v1")]
        given = [] if time is None else [(name, text.encode()) for name, text in [*headers, ("ce_time", timestamp(time))]]
        return self.raw(key=subject.encode(), value=None, headers=given)


@dataclass
class Readable:
    """What the consumer of a partition knows of it: its first offset that can be read."""

    first: int = 0

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.first)


@dataclass
class Notebook:
    """A service that writes down what it is handed, and fails on demand."""

    database: Database
    fails: dict[str, Exception] = field(default_factory=dict)
    recovers_after: dict[str, int] = field(default_factory=dict)
    prefetched: list[list[str]] = field(default_factory=list)

    def subscription(self, *, topics: Sequence[Topic] = (TICKETS,), clock: Any = None, pauses: Sequence[float] = (0.0,) * 4) -> Any:
        subscription: Subscription[Unit] = Subscription(
            group="test",
            topics=topics,
            transact=Transactions(self.database, lambda unit: unit),
            clock=clock,
            prefetch=self.prefetch,
            pauses=pauses,
            jitter=lambda: 0.0,
        )
        subscription.on(Noted, self.note)
        return subscription

    async def prefetch(self, unit: Unit, expected: Sequence[Received[Any]]) -> None:
        self.prefetched.append([received.data.text for received in expected])

    async def note(self, unit: Unit, received: Received[Noted]) -> None:
        notes = unit.documents("notes")
        note = await notes.get(received.envelope.subject) or {"_id": received.envelope.subject, "texts": [], "marks": []}
        note["texts"].append(received.data.text)
        note["marks"].append(received.watermark)
        notes.put(note)
        unit.outbox.add(_effect(received), TICKETS)
        text = received.data.text
        self.recovers_after[text] = left = self.recovers_after.get(text, 1_000) - 1
        if (failure := self.fails.get(text)) and left >= 0:
            raise failure

    async def texts(self, subject: str) -> list[str]:
        note = await self.database["notes"].find_one({"_id": subject})
        return note["texts"] if note else []

    async def marks(self, subject: str) -> list[datetime | None]:
        note = await self.database["notes"].find_one({"_id": subject})
        return note["marks"] if note else []


def _effect(received: Received[Noted]) -> Envelope:
    """An event that follows, so that an effect that happens twice breaks the outbox's key."""
    of = received.envelope
    id = derived_id(of.id, "/effect", "parley.ticket.closed.v1")
    told = replace(of, id=id, source="/effect", causationid=of.id, time=of.time, sequence=of.sequence or 1)
    return replace(told, traceparent=None, first_traceparent=None)


class Handle(Protocol):
    async def __call__(self, subscription: Any, *records: Any, first: int = 0) -> None: ...


@pytest.fixture
def handle() -> Handle:
    """Hands records to a subscription as the broker's consumer would, in one batch."""

    async def handle(subscription: Any, *records: Any, first: int = 0) -> None:
        await subscription.handle(records, {topic.name: topic for topic in subscription.topics}, Readable(first))

    return handle


@pytest.fixture
def new_log() -> type[Log]:
    return Log


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
async def notebook(service_database: Database) -> Notebook:
    await ensure_indexes(service_database, SUBSCRIPTION_INDEXES)
    return Notebook(service_database)
