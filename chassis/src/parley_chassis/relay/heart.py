"""The heartbeat: a row that goes through the outbox and the stream as every event does, and comes back as a watermark."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from parley_contracts.envelope import Headers, derived_id
from parley_contracts.topics import WATERMARK
from parley_contracts.watermark import watermark_record
from pymongo.errors import OperationFailure

from parley_chassis.mongo.driver import Database, command
from parley_chassis.outbox import HEARTBEAT, OUTBOX
from parley_chassis.relay import metrics
from parley_chassis.relay.lease import LEASES, RELAY
from parley_chassis.relay.orders import is_accepted
from parley_chassis.relay.watermarks import Heartbeat, Watermarks

log = structlog.get_logger(__name__)


def since_boot() -> float:
    """Seconds since this host started, its sleep included; where the system has no such clock, without."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def boot_id() -> str | None:
    """Names this run of the host, where the system does: only within one can two readings of its clock be compared."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class WatermarkState:
    """How far a service's watermark is, and why it is held, by the words of the metric; None where it is not."""

    at: datetime | None
    held: str | None


async def watermark_state(database: Database) -> WatermarkState:
    """As the leading relay saved it, at most some seconds ago."""
    row = await database[LEASES].find_one({"_id": RELAY}) or {}
    state = row.get("state", {})
    return WatermarkState(state.get("watermark"), state.get("held"))


class Heart:
    """Writes heartbeats under one epoch of the lease, and says which watermark each allows."""

    def __init__(self, database: Database, source: str, *, clock: Callable[[], datetime], elapsed: Callable[[], float]) -> None:
        self._database = database
        self._source = source
        self._clock = clock
        self._elapsed = elapsed
        self._boot = boot_id()
        self._epoch = 0
        self._beats = 0
        self.watermarks = Watermarks()
        self.doubtful = True
        """Whether the clocks of the newest heartbeat looked wrong, accepted or not; so too before the first."""

    def begin(self, epoch: int, state: dict[str, Any]) -> None:
        """Go on from what the last holder of the lease saved."""
        self._epoch = epoch
        sent = state.get("sent")
        known = sent is not None and self._boot is not None and sent["boot"] == self._boot
        beat = Heartbeat(sent["at"], sent["wall"], sent["elapsed"]) if sent is not None and known else None
        self.watermarks = Watermarks(state.get("watermark"), beat)

    @property
    def state(self) -> dict[str, Any]:
        """What the next holder must know."""
        sent = self.watermarks.sent
        beat = None if sent is None else {"at": sent.at, "wall": sent.wall, "elapsed": sent.elapsed, "boot": self._boot}
        return {"watermark": self.watermarks.last, "held": self.watermarks.held, "sent": beat}

    async def beat(self) -> None:
        """Read the transactions' lifetime from the primary, then write the row."""
        try:
            answer = await command(self._database.client["admin"], {"getParameter": 1, "transactionLifetimeLimitSeconds": 1})
        except OperationFailure as error:
            log.error("transactionLifetimeLimitSeconds cannot be read; grant getParameter on the cluster", code=error.code)
        else:
            self.watermarks.read_lifetime(timedelta(seconds=answer["transactionLifetimeLimitSeconds"]), elapsed=self._elapsed())
        self._beats += 1
        beat = {"by": f"{self._epoch}:{self._beats}", "at": "$$NOW", "wall": self._clock(), "elapsed": self._elapsed()}
        await self._database[OUTBOX].update_one({"_id": HEARTBEAT}, [{"$set": beat}], upsert=True)

    async def mark(self, row: dict[str, Any]) -> tuple[datetime, Headers, bytes] | None:
        """The watermark that a heartbeat of ours allows, and its record; None where it allows none."""
        if not str(row.get("by", "")).startswith(f"{self._epoch}:"):
            return None
        beat = Heartbeat(row["at"], row["wall"], row["elapsed"])
        self.doubtful = self.watermarks.doubt(beat) is not None
        at = self.watermarks.of(beat, accepted=self.doubtful and await is_accepted(self._database))
        for reason in metrics.REASONS:
            metrics.HELD.labels(reason).set(reason == self.watermarks.held)
        if self.watermarks.held:
            log.error("The watermark is held", reason=self.watermarks.held)
        if at is None:
            return None
        id = derived_id(beat.at.isoformat(), self._source, WATERMARK)
        headers, value = watermark_record(id=id, source=self._source, at=at, time=beat.at)
        return at, headers, value
