"""After the last fault: wait until everything has settled, or until that takes too long."""

import asyncio
import time
from typing import Any

from aiokafka.errors import KafkaError
from parley_contracts.sla import ResponseExpected, ResponseOverdue, ResponseSettled
from pymongo.errors import PyMongoError

from parley_drill import journal
from parley_drill.checks.effects import READS, places
from parley_drill.checks.erasure import unheard
from parley_drill.checks.order import unpublished
from parley_drill.cluster import Cluster
from parley_drill.databases import Databases
from parley_drill.evidence import ERASURES, Evidence
from parley_drill.log import Reader

LOOK = 1.0
QUIET = 3
"""Looks in a row at which nothing new was seen."""

STUCK = 90.0
"""Seconds without any change, while every process is ready, after which nothing will come by itself any more: longer than the rest
that a mail host gets."""


async def drain(cluster: Cluster, databases: Databases, reader: Reader, within: float) -> dict[str, Any]:
    """Wait until nothing is left to be done; says when that was, or what is left and whether anything still moved."""
    began, quiet, caught_up = time.monotonic(), 0, None
    left, moved = "nothing was looked at", began
    while (now := time.monotonic()) - began < within and now - moved < STUCK:
        try:
            await databases.hurry()
            new, before = await reader.catch_up(), left
            left = await _left(cluster, databases, reader)
        except (KafkaError, PyMongoError) as error:
            new, before, left = 1, left, repr(error)
        moved = now if new or left != before or not cluster.healthy() else moved
        if caught_up is None and not left.startswith("behind"):
            caught_up = round(now - began, 1)
        quiet = 0 if new or left else quiet + 1
        if quiet >= QUIET:
            return {"settled": True, "seconds": round(now - began, 1), "caught up after": caught_up, "restarts": cluster.restarts()}
        await asyncio.sleep(LOOK)
    waited = round(time.monotonic() - began, 1)
    return {"settled": False, "stuck": now - moved >= STUCK, "seconds": waited, "left": left, "restarts": cluster.restarts()}


async def _left(cluster: Cluster, databases: Databases, reader: Reader) -> str:
    """What is still to be done, in words; empty when nothing is."""
    if not cluster.healthy():
        return "behind: not every process is ready"
    rows = {name: await databases.rows(name) for name in ("outbox", "positions")}
    evidence = Evidence(records=reader.records, rows=rows, erasures=journal.read(cluster.folder / ERASURES))
    if missing := unpublished(evidence):
        return f"behind: {len(missing)} events are unpublished"
    kept = {(row["database"], row["_id"]): row.get("sequence", 0) for row in evidence.rows["positions"]}
    for consumer in READS:
        behind = sum(
            1
            for (topic, subject), place in places(evidence, consumer).items()
            if kept.get((consumer, f"{topic}/{subject}"), 0) < place.sequence
        )
        if behind:
            return f"behind: {consumer} has {behind} subjects to apply"
    if left := unheard(evidence):
        return f"behind: {len(left)} erasures are to be applied, the first one: {left[0]}"
    waiting = {record.data.cycle_id for record in evidence.of_type(ResponseExpected.type)}
    for done in (ResponseOverdue.type, ResponseSettled.type):
        waiting -= {record.data.cycle_id for record in evidence.of_type(done)}
    if waiting:
        return f"{len(waiting)} waits have not come to their due time"
    if mails := await databases.unsettled():
        return f"{mails} mails are under way"
    return ""
