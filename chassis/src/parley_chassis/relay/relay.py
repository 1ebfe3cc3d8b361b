"""The relay of one service: one process at a time follows the outbox and publishes what was committed."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

import structlog
from aiokafka.errors import KafkaError
from bson.timestamp import Timestamp
from parley_contracts.envelope import derived_id
from parley_contracts.topics import WATERMARK, Topic
from parley_contracts.watermark import TICK_KEY, tick_record, watermark_record
from pymongo.errors import ConnectionFailure, ExecutionTimeout, NotPrimaryError

from parley_chassis.kafka import check_partitions, producer, wait_for_topics
from parley_chassis.mongo.driver import Database, command, database_now, session
from parley_chassis.outbox import HEARTBEAT, KEPT, OUTBOX
from parley_chassis.relay import metrics
from parley_chassis.relay.lease import Lease, LeaseLost
from parley_chassis.relay.sending import NotSent, Sender
from parley_chassis.relay.stream import Batch, HistoryLost, OutboxStream, operation_time, snapshot
from parley_chassis.relay.watermarks import Heartbeat, Watermarks

log = structlog.get_logger(__name__)

BEAT = 1.0
RENEW = 2.0
CHECK = 60.0
CLEAN = 600.0
TICK_EVERY = 3_600.0
REPUBLISH_BEFORE = timedelta(hours=1)
"""How far before the last watermark a start without a token publishes again."""

_LOST_CONNECTION = (ConnectionFailure, NotPrimaryError, ExecutionTimeout)


class KafkaSettings(Protocol):
    """What the relay needs of a service's settings."""

    @property
    def kafka_bootstrap_servers(self) -> str: ...
    @property
    def topic_prefix(self) -> str: ...
    @property
    def service(self) -> str: ...


def end_process(reason: str) -> None:
    """End at once: a producer that failed cannot be stopped, and what it sent may still be written."""
    log.critical("The relay ends its process, the next one goes on from the saved place", reason=reason)
    os._exit(70)


class Relay:
    """Publishes the outbox of ``database``. ``watermarks`` is the topic of conversations that carries them, if there is one."""

    def __init__(
        self,
        database: Database,
        settings: KafkaSettings,
        topics: Sequence[Topic],
        watermarks: Topic | None,
        source: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        die: Callable[[str], None] = end_process,
    ) -> None:
        self._database = database
        self._settings = settings
        self._topics = tuple(topics)
        self._topic = watermarks
        self._source = source
        self._clock = clock
        self._elapsed = elapsed
        self._die = die
        self._client_id = f"{settings.service}-relay"
        self._lease = Lease(database, "relay", f"{settings.service}-{uuid4()}")
        self._watermarks = Watermarks()
        self._saving = asyncio.Lock()
        self._token: dict[str, Any] | None = None
        self._published_until: datetime | None = None
        self._whole = asyncio.Event()
        self._beats = 0

    @property
    def leading(self) -> bool:
        """Whether this process is the one that publishes."""
        return self._lease.held

    async def run(self) -> None:
        """Wait for the lease, then publish until cancelled; a failed send or a lost lease ends the process."""
        await wait_for_topics(
            self._settings.kafka_bootstrap_servers, self._topics, prefix=self._settings.topic_prefix, client_id=self._client_id
        )
        while True:
            if await self._take():
                break
            await asyncio.sleep(RENEW)
        sending = producer(self._settings.kafka_bootstrap_servers, client_id=self._client_id)
        try:
            await sending.start()
            self._sender = Sender(sending, prefix=self._settings.topic_prefix)
            self._kafka = sending.client
            metrics.LEADING.set(1)
            async with asyncio.TaskGroup() as group:
                for loop in (self._follow(), self._renew(), self._check(), self._clean(), self._beat(), self._tick()):
                    group.create_task(loop)
        except* (NotSent, LeaseLost) as failures:
            self._die(str(failures.exceptions[0]))
        finally:
            metrics.LEADING.set(0)
            with contextlib.suppress(TimeoutError, asyncio.CancelledError, *_LOST_CONNECTION):
                async with asyncio.timeout(3):
                    await self._lease.release()
                    await sending.stop()

    async def _take(self) -> bool:
        try:
            taken = await self._lease.take()
        except _LOST_CONNECTION as error:
            log.warning("The relay waits for the database", reason=repr(error))
            return False
        if taken:
            self._token = self._lease.state.get("token")
            self._watermarks = Watermarks(self._lease.state.get("watermark"))
            log.info("The relay publishes", epoch=self._lease.epoch, first_start=self._token is None)
        return taken

    async def _follow(self) -> None:
        """Read the stream and publish; a lost connection opens it again, a lost history starts from the outbox itself."""
        while True:
            try:
                where = {"resumeAfter": self._token} if self._token else {"startAtOperationTime": await self._start_over()}
                self._whole.set()
                async with session(self._database.client, causal=False) as opened:
                    await self._publish_all(await OutboxStream.open(self._database, opened, where))
            except HistoryLost as error:
                log.error("The database lost the relay's place; the outbox is published again from its rows", reason=str(error))
                self._whole.clear()
                self._token = None
            except _LOST_CONNECTION as error:
                log.warning("The relay lost the database and tries again", reason=repr(error))
                await asyncio.sleep(1.0)

    async def _start_over(self) -> Timestamp:
        """Publish the outbox as of one place in the database's log; the stream goes on from there. Watermarks wait."""
        place = await operation_time(self._database)
        since = self._watermarks.last - REPUBLISH_BEFORE if self._watermarks.last else None
        async for rows in snapshot(self._database, place, since):
            await self._send(rows)
        return Timestamp(place.time, place.inc + 1)

    async def _publish_all(self, stream: OutboxStream) -> None:
        """Read one batch ahead of the acknowledgements."""
        reading = asyncio.create_task(stream.read())
        try:
            while True:
                batch = await reading
                reading = asyncio.create_task(stream.read())
                await self._publish(batch)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _publish(self, batch: Batch) -> None:
        """The events before the last heartbeat, its watermark, the events after it; then the place is kept."""
        beats = [n for n, row in enumerate(batch.rows) if row["_id"] == HEARTBEAT]
        cut = beats[-1] if beats else 0
        events = [row for row in batch.rows if row["_id"] != HEARTBEAT]
        if beats:
            await self._send([row for row in batch.rows[:cut] if row["_id"] != HEARTBEAT])
            await self._mark(batch.rows[cut])
        await self._send([row for row in batch.rows[cut:] if row["_id"] != HEARTBEAT])
        self._token = batch.token
        if events:
            await self._save()
        elif not batch.rows:
            self._published_until = self._clock() - timedelta(minutes=1)

    async def _send(self, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        if not self._lease.held:
            raise LeaseLost("the lease could not be renewed in time")
        metrics.OLDEST.set((self._clock() - rows[0]["at"]).total_seconds())
        await self._sender.rows(rows)
        now = self._clock()
        for row in rows:
            metrics.PUBLISHED.labels(row["topic"]).inc()
            metrics.DELAY.observe(max(0.0, (now - row["at"]).total_seconds()))
            if self._topic and row["topic"] == self._topic.name and self._watermarks.is_late(row["at"]):
                metrics.LATE.inc()
                log.error("An event came behind a watermark that had excluded it", type=row["type"], at=row["at"].isoformat())
        metrics.OLDEST.set(0)

    async def _mark(self, row: dict[str, Any]) -> None:
        """Turn our own heartbeat into a watermark; everything committed before it has been acknowledged."""
        if self._topic is None or not str(row.get("by", "")).startswith(f"{self._lease.epoch}:"):
            return
        at = self._watermarks.of(Heartbeat(row["at"], row["wall"], row["elapsed"]))
        for reason in metrics.REASONS:
            metrics.HELD.labels(reason).set(reason == self._watermarks.held)
        if at is None:
            if self._watermarks.held:
                log.error("The watermark is held", reason=self._watermarks.held)
            return
        if not self._lease.held:
            raise LeaseLost("the lease could not be renewed in time")
        id = derived_id(row["at"].isoformat(), self._source, WATERMARK)
        headers, value = watermark_record(id=id, source=self._source, at=at, time=row["at"])
        await self._sender.everywhere(self._topic, None, headers, value)
        self._published_until = at
        metrics.WATERMARK.set(at.timestamp())

    async def _beat(self) -> None:
        """Once a second, the row that goes through the outbox and the stream as every event does."""
        while self._topic is not None:
            await self._whole.wait()
            try:
                answer = await command(self._database.client["admin"], {"getParameter": 1, "transactionLifetimeLimitSeconds": 1})
                self._watermarks.read_lifetime(timedelta(seconds=answer["transactionLifetimeLimitSeconds"]), elapsed=self._elapsed())
                self._beats += 1
                beat = {"by": f"{self._lease.epoch}:{self._beats}", "at": "$$NOW", "wall": self._clock(), "elapsed": self._elapsed()}
                await self._database[OUTBOX].update_one({"_id": HEARTBEAT}, [{"$set": beat}], upsert=True)
            except _LOST_CONNECTION as error:
                log.warning("The relay's heartbeat failed", reason=repr(error))
            await asyncio.sleep(BEAT)

    async def _save(self) -> None:
        async with self._saving:
            await self._lease.save({"token": self._token, "watermark": self._watermarks.last})

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW)
            with contextlib.suppress(*_LOST_CONNECTION):
                await self._save()
            if not self._lease.held:
                raise LeaseLost("the lease could not be renewed in time")

    async def _check(self) -> None:
        """Stop on a topic that somebody gave another number of partitions."""
        while True:
            await asyncio.sleep(CHECK)
            with contextlib.suppress(KafkaError):
                await check_partitions(self._kafka, self._topics, prefix=self._settings.topic_prefix)

    async def _clean(self) -> None:
        """Remove what was published long ago; no row that could still be needed goes."""
        while True:
            await asyncio.sleep(CLEAN)
            with contextlib.suppress(*_LOST_CONNECTION):
                await self.clean_up()

    async def clean_up(self) -> None:
        """Delete rows older than seven days and below what is known to be published."""
        if self._published_until is not None:
            before = min(await database_now(self._database) - KEPT, self._published_until)
            await self._database[OUTBOX].delete_many({"_id": {"$ne": HEARTBEAT}, "at": {"$lt": before}})

    async def _tick(self) -> None:
        """A record in each partition of a compacted topic every hour: a segment rolls only on append."""
        compacted = [topic for topic in self._topics if topic.compacted]
        while compacted:
            await asyncio.sleep(TICK_EVERY)
            now = await database_now(self._database)
            for topic in compacted:
                headers, value = tick_record(id=str(uuid4()), source=self._source, time=now)
                await self._sender.everywhere(topic, TICK_KEY, headers, value)
