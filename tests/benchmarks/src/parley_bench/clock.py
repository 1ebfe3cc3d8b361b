"""B4: an event of a conversation to its durable response clock. The textbook: one event, one transaction, one commit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, TopicPartition
from parley_chassis.consuming import consume
from parley_chassis.mongo import transactions
from parley_chassis.mongo.driver import session, start_transaction
from parley_chassis.positions import POSITIONS
from parley_chassis.probes import Readiness
from parley_chassis.subscription import INDEXES as SUBSCRIPTION_INDEXES
from parley_contracts.ticketing import TicketCreated
from parley_contracts.topics import INQUIRIES, PARTITIONS, TICKETS
from pymongo import ReplaceOne, UpdateOne
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern
from sla_monitor.consumers import subscription
from sla_monitor.domain.policy import Policy
from sla_monitor.main import open_transactions
from sla_monitor.store import INDEXES, Due
from sla_monitor.testing import Log, T
from sla_monitor.use_cases.policies import adopt

from parley_bench.scene import DONE_WITHIN, Record, Scene, Servers, running, scene, until
from parley_bench.ways import OURS, Benchmark, Stage, Way, cheaper, faster

TEXTBOOK, ROWS, UPSERTS = "one event, one transaction", "the same rows to mongod", "mongod's upserts in transactions"
HOUR = timedelta(hours=1)
TARGET = 48 * HOUR
ALL = (*transactions.INDEXES, *SUBSCRIPTION_INDEXES, *INDEXES)
EFFECTS = ("conversations", "cycles", "outbox")
AT_ONCE = 1_000


def benchmark(servers: Servers, *, many: int, few: int) -> Benchmark:
    """Tickets that are opened, of which every second one is answered. It is timed from the sending of the events."""
    ways = (
        Way(OURS, many, lambda items: _monitor(servers, items)),
        Way(TEXTBOOK, few, lambda items: _textbook(servers, items)),
        Way(ROWS, many, lambda items: _rows(servers, items), comparable=False),
        Way(UPSERTS, many, lambda items: _upserts(servers, items), comparable=False),
    )
    goals = (faster(60, TEXTBOOK), faster(0.45, UPSERTS), faster(0.45, ROWS), cheaper(50, TEXTBOOK))
    return Benchmark("B4", "response clock, event to durable clock", ways, goals, alike=60)


@asynccontextmanager
async def _monitor(servers: Servers, items: int) -> AsyncIterator[Stage]:
    async with monitoring(servers, items) as (at, work):
        yield Stage(work, lambda: _clocks(at))


@asynccontextmanager
async def monitoring(servers: Servers, items: int) -> AsyncIterator[tuple[Scene, Callable[[], Awaitable[None]]]]:
    """The monitor's own subscription, as its worker runs it, and the work that it is given."""
    async with scene(servers, [TICKETS, INQUIRIES], ALL) as at:
        events, transact, readiness = _events(items), open_transactions(at.database), Readiness()
        await transact(adopt, {"de": Policy()})
        readiness.started()

        async def ready() -> bool:
            return (await readiness.report())[0]

        async def read() -> bool:
            rows = await at.database[POSITIONS].find({"offset": {"$exists": True}}).to_list(None)
            applied: int = sum(row["offset"] + 1 for row in rows)
            return applied == items

        async def work() -> None:
            await at.send(TICKETS, events)
            await until(read)

        follower = subscription(transact, Due(at.database).nothing)
        async with running(consume(follower, at, readiness)):
            await until(ready)
            yield at, work


@asynccontextmanager
async def _textbook(servers: Servers, items: int) -> AsyncIterator[Stage]:
    """FastStream with a handler for one message, an inbox, and the offset committed after each."""
    async with scene(servers, [TICKETS, INQUIRIES], ALL) as at:
        events, broker, done = _events(items), KafkaBroker(at.kafka_bootstrap_servers, logger=None), asyncio.Event()
        left = items

        @broker.subscriber(
            partitions=[TopicPartition(at.topic_prefix + TICKETS.name, number) for number in range(PARTITIONS)],
            group_id="textbook",
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
        )
        async def handle(body: dict[str, Any], message: KafkaMessage) -> None:
            nonlocal left
            await _apply(at, body, {name: str(value) for name, value in message.headers.items()})
            left -= 1
            if not left:
                done.set()

        await broker.start()
        try:

            async def work() -> None:
                await at.send(TICKETS, events)
                await asyncio.wait_for(done.wait(), DONE_WITHIN)

            yield Stage(work, lambda: _clocks(at))
        finally:
            await broker.stop()


async def _apply(at: Scene, body: dict[str, Any], of: dict[str, str]) -> None:
    """One event, as one would write it down: seen before? Then the clock, its row for lists, and what others are told."""
    database, subject, sequence = at.database, of["ce_subject"], int(of["ce_sequence"])
    async with session(database.client) as opened:
        await start_transaction(opened, read=ReadConcern("snapshot"), write=WriteConcern(w="majority", j=True), max_commit_ms=3_000)
        try:
            await database["inbox"].insert_one({"_id": of["ce_id"]}, session=opened)
        except DuplicateKeyError:
            await opened.abort_transaction()
            return
        clock = await database["conversations"].find_one({"_id": subject}, session=opened) or {"_id": subject, "sequence": 0, "told": 0}
        if of["ce_type"] == TicketCreated.type:
            data = TicketCreated.model_validate(body)
            clock |= {"open": [{"due": T + TARGET}], "about": data.model_dump(mode="json", include={"number", "market", "seller_id"})}
            kind, standing = "parley.response.expected.v1", "open"
        else:
            clock |= {"open": []}
            kind, standing = "parley.response.settled.v1", "met"
        clock |= {"sequence": sequence, "told": clock["told"] + 1}
        told = {"_id": f"{subject}/{clock['told']}", "key": subject, "type": kind, "sequence": clock["told"], "value": b"x" * 400}
        await database["conversations"].replace_one({"_id": subject}, clock, upsert=True, session=opened)
        await database["cycles"].replace_one({"_id": subject}, clock | {"standing": standing}, upsert=True, session=opened)
        await database["outbox"].insert_one(told, session=opened)
        await opened.commit_transaction()


@asynccontextmanager
async def _rows(servers: Servers, items: int) -> AsyncIterator[Stage]:
    """What the monitor wrote for so many events, written again with nothing in between."""
    async with monitoring(servers, items) as (model, work):
        await work()
        found = {name: await model.database[name].find().to_list(None) for name in EFFECTS}
    async with scene(servers, [], ALL) as at:

        async def write(number: int, opened: Any) -> None:
            for name, rows in found.items():
                share = rows[number * len(rows) // items : (number + AT_ONCE) * len(rows) // items]
                if share:
                    changes = [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in share]
                    await at.database[name].bulk_write(changes, ordered=False, session=opened)

        yield Stage(lambda: _in_transactions(at, items, write), _nothing)


@asynccontextmanager
async def _upserts(servers: Servers, items: int) -> AsyncIterator[Stage]:
    """The smallest clock there could be: a sequence and a due time."""
    async with scene(servers, [], ()) as at:
        await at.database["clocks"].create_index([("due", 1)], sparse=True)

        async def write(number: int, opened: Any) -> None:
            changes = [
                UpdateOne({"_id": f"c-{n // 2}"}, {"$max": {"s": {"sequence": n % 2, "due": T + n * HOUR}}}, upsert=True)
                for n in range(number, min(items, number + AT_ONCE))
            ]
            await at.database["clocks"].bulk_write(changes, ordered=False, session=opened)

        yield Stage(lambda: _in_transactions(at, items, write), _nothing)


async def _in_transactions(at: Scene, items: int, write: Callable[[int, Any], Awaitable[None]]) -> None:
    for number in range(0, items, AT_ONCE):
        async with session(at.database.client) as opened:
            await start_transaction(opened, read=ReadConcern("snapshot"), write=WriteConcern(w="majority", j=True), max_commit_ms=3_000)
            await write(number, opened)
            await opened.commit_transaction()


def _events(items: int) -> dict[int, list[Record]]:
    """The log: of three events one opens a ticket, one answers it, one opens another that nobody answers."""
    log, parted = Log(), dict[int, list[Record]]()
    for number in range(items):
        written = log.replied(f"ticket-{number - 1}", at=HOUR) if number % 3 == 1 else log.created(f"ticket-{number}")
        parted.setdefault(written.partition, []).append((written.key, written.value, written.headers))
    return parted


async def _clocks(at: Scene) -> dict[str, Any]:
    """Of each conversation: how far it was read, what it waits for, and what the world was told."""
    found: dict[str, Any] = {}
    async for row in at.database["conversations"].find():
        found[row["_id"]] = [row["sequence"], [cycle["due"] for cycle in row["open"]]]
    async for row in at.database["outbox"].find().sort([("key", 1), ("sequence", 1)]):
        found[row["key"]].append(row["type"])
    return found


async def _nothing() -> Sequence[object]:
    return ()
