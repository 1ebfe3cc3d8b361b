"""The relay of one service: one process at a time follows the outbox and publishes what was committed."""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

import structlog
from aiokafka.errors import KafkaError
from bson.timestamp import Timestamp
from parley_contracts.topics import Topic
from pymongo.errors import ConnectionFailure, ExecutionTimeout

from parley_chassis.kafka import STOP_WITHIN, Kafka, KafkaSettings, check_partitions, stop
from parley_chassis.mongo.driver import Database, database_now, session
from parley_chassis.outbox import HEARTBEAT
from parley_chassis.relay import metrics
from parley_chassis.relay.heart import Heart, since_boot
from parley_chassis.relay.lease import RELAY, Lease, LeaseLost
from parley_chassis.relay.orders import carry_out
from parley_chassis.relay.sending import NotSent, Sender
from parley_chassis.relay.stream import Batch, HistoryLost, OutboxStream, StreamBroken, operation_time, snapshot
from parley_chassis.relay.tombstones import any_due, unread, write_again
from parley_chassis.relay.upkeep import TICK_EVERY, remove_old, tick, ticking

log = structlog.get_logger(__name__)

BEAT = 1.0
RENEW = 2.0
STAND_BY = 1.0
"""A killed relay is to be replaced within 12 s, of which its lease takes up to ten."""
OBEY = 2.0
CHECK = 60.0
CLEAN = 600.0
LOOK_FOR_TICKS = 60.0
REPUBLISH_BEFORE = timedelta(hours=1)
"""How far before the last watermark a start without a token publishes again."""
UNSURE = timedelta(minutes=1)
"""A row whose time is so much older than one that came through the stream came before it: no transaction lives so long."""

_LOST_CONNECTION = (ConnectionFailure, ExecutionTimeout, StreamBroken)


class RelaySettings(KafkaSettings, Protocol):
    """What the relay needs of a service's settings."""

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
        settings: RelaySettings,
        topics: Sequence[Topic],
        watermarks: Topic | None,
        source: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = since_boot,
        die: Callable[[str], None] = end_process,
        kafka: Kafka | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._topics = tuple(topics)
        self._marked = watermarks
        self._source = source
        self._clock = clock
        self._die = die
        self._brokers = kafka or Kafka(settings, client_id=f"{settings.service}-relay")
        self._lease = Lease(database, RELAY, f"{settings.service}-{uuid4()}")
        self._heart = Heart(database, source, clock=clock, elapsed=elapsed)
        self._saving = asyncio.Lock()
        self._token: dict[str, Any] | None = None
        self._acknowledged: dict[str, Any] = {}
        self._ticked: datetime | None = None
        self._published_until: datetime | None = None
        self._sending: datetime | None = None
        self._whole = asyncio.Event()

    @property
    def leading(self) -> bool:
        """Whether this process is the one that publishes."""
        return self._lease.held

    async def run(self) -> None:
        """Get ready to publish, wait for the lease, publish until cancelled; a failed send or a lost lease ends the process.

        Whoever holds the lease can publish: a start that fails or takes long keeps no other relay waiting.
        """
        kafka = await self._brokers.started(self._topics)
        try:
            while True:
                if await self._take():
                    break
                await asyncio.sleep(STAND_BY)
            self._kafka, self._sender = kafka.client, Sender(kafka, prefix=self._settings.topic_prefix)
            metrics.LEADING.set(1)
            metrics.OLDEST.set_function(self._oldest)
            async with asyncio.TaskGroup() as group:
                for loop in (self._follow(), self._renew(), self._check(), self._clean(), self._beat(), self._tick(), self._obey()):
                    group.create_task(loop)
        except* (NotSent, LeaseLost) as failures:
            self._die(str(failures.exceptions[0]))
        finally:
            metrics.LEADING.set(0)
            await stop(kafka)
            await self._give_back()

    async def _give_back(self) -> None:
        """Let the next one begin at once."""
        with contextlib.suppress(TimeoutError, asyncio.CancelledError, *_LOST_CONNECTION):
            await asyncio.wait_for(self._lease.release(), STOP_WITHIN)

    async def _take(self) -> bool:
        try:
            taken = await self._lease.take()
        except _LOST_CONNECTION as error:
            log.warning("The relay waits for the database", reason=repr(error))
            return False
        if taken:
            state = self._lease.state
            self._token, self._ticked = state.get("token"), state.get("ticked")
            self._heart.begin(self._lease.epoch, state)
            self._acknowledged = self._heart.state
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
        last = self._heart.watermarks.last
        async for rows in snapshot(self._database, place, {"at": {"$gte": last - REPUBLISH_BEFORE}} if last else {}):
            await self._repeat(rows)
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
        before, after = ([row for row in part if row["_id"] != HEARTBEAT] for part in (batch.rows[:cut], batch.rows[cut:]))
        await self._send(before)
        if beats:
            await self._mark(batch.rows[cut])
        await self._send(after)
        self._token, self._acknowledged = batch.token, self._heart.state
        if before or after:
            await self._save()
        newest = max((row["at"] for row in batch.rows), default=self._clock())
        self._published_until = newest - UNSURE

    async def _send(self, rows: list[dict[str, Any]], *, repeated: bool = False) -> None:
        if not rows:
            return
        self._must_lead()
        self._sending = oldest = min(row["at"] for row in rows)
        await self._sender.rows(rows)
        self._sending = None
        metrics.DELAY.observe(max(0.0, (self._clock() - oldest).total_seconds()))
        for topic, count in Counter(row["topic"] for row in rows).items():
            metrics.PUBLISHED.labels(topic).inc(count)
        if self._marked is not None and not repeated and self._heart.watermarks.is_late(oldest):
            self._tell_late(rows, self._marked.name)

    async def _repeat(self, rows: list[dict[str, Any]]) -> None:
        await self._send(rows, repeated=True)

    def _tell_late(self, rows: list[dict[str, Any]], topic: str) -> None:
        for row in rows:
            if row["topic"] == topic and self._heart.watermarks.is_late(row["at"]):
                metrics.LATE.inc()
                log.error("An event came behind a watermark that had excluded it", type=row["type"], at=row["at"].isoformat())

    async def _mark(self, row: dict[str, Any]) -> None:
        """Everything that was committed before this heartbeat has been acknowledged: say so in every partition."""
        marked = await self._heart.mark(row) if self._marked is not None else None
        if marked is None or self._marked is None:
            return
        at, headers, value = marked
        self._must_lead()
        await self._sender.everywhere(self._marked, None, headers, value)
        metrics.WATERMARK.set(at.timestamp())

    def _must_lead(self) -> None:
        if not self._lease.held:
            raise LeaseLost("the lease could not be renewed in time")

    def _oldest(self) -> float:
        return max(0.0, (self._clock() - self._sending).total_seconds()) if self._sending else 0.0

    async def _beat(self) -> None:
        while self._marked is not None:
            await self._whole.wait()
            try:
                await self._heart.beat()
            except _LOST_CONNECTION as error:
                log.warning("The relay's heartbeat failed", reason=repr(error))
            await asyncio.sleep(BEAT)

    async def _save(self) -> None:
        async with self._saving:
            await self._lease.save({"token": self._token, "ticked": self._ticked, **self._acknowledged})

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW)
            with contextlib.suppress(*_LOST_CONNECTION):
                await self._save()
            self._must_lead()

    async def _obey(self) -> None:
        """Do what people decided."""
        while True:
            await asyncio.sleep(OBEY)
            with contextlib.suppress(*_LOST_CONNECTION):
                await carry_out(self._database, self._repeat, doubtful=self._marked is not None and self._heart.doubtful)

    async def _check(self) -> None:
        """Stop on a topic that somebody gave another number of partitions."""
        while True:
            await asyncio.sleep(CHECK)
            with contextlib.suppress(KafkaError):
                await check_partitions(self._kafka, self._topics, prefix=self._settings.topic_prefix)

    async def _clean(self) -> None:
        while True:
            await asyncio.sleep(CLEAN)
            with contextlib.suppress(*_LOST_CONNECTION):
                await self.clean_up()

    async def clean_up(self) -> None:
        """Remove what was published long ago; no row that could still be needed goes."""
        until = self._heart.watermarks.last if self._marked is not None else self._published_until
        if until is not None:
            await remove_old(self._database, until)

    async def _tick(self) -> None:
        """Hourly, through restarts; and tombstones an hour after they were written."""
        topics = ticking(self._topics)
        while topics:
            with contextlib.suppress(*_LOST_CONNECTION):
                now = await database_now(self._database)
                if await any_due(self._database, now) or self._ticked is None or now - self._ticked >= TICK_EVERY:
                    self._must_lead()
                    ticks, self._ticked = await tick(self._sender, topics, self._source, now), now
                    await write_again(self._database, now, self._repeat, unread=await unread(self._database, ticks))
            await asyncio.sleep(LOOK_FOR_TICKS)
