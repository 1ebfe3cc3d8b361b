"""After the last fault: wait until everything has settled, or until that takes too long."""

import asyncio
import time
from typing import Any

from aiokafka.errors import KafkaError
from parley_contracts.sla import ResponseExpected, ResponseOverdue, ResponseSettled
from pymongo.errors import PyMongoError

from parley_drill.checks.effects import READS, places
from parley_drill.checks.order import unpublished
from parley_drill.cluster import Cluster
from parley_drill.databases import Databases
from parley_drill.evidence import Evidence
from parley_drill.log import Reader

LOOK = 1.0
QUIET = 3
"""Looks in a row at which nothing new was seen."""


async def drain(cluster: Cluster, databases: Databases, reader: Reader, within: float) -> dict[str, Any]:
    """Wait until nothing is left to be done; says when that was, or what is left."""
    began, quiet, left = time.monotonic(), 0, "nothing was looked at"
    caught_up: float | None = None
    while (waited := time.monotonic() - began) < within:
        try:
            await databases.hurry()
            new = await reader.catch_up()
            left = await _left(cluster, databases, reader)
        except (KafkaError, PyMongoError) as error:
            new, left = 1, repr(error)
        if caught_up is None and not left.startswith("behind"):
            caught_up = waited
        quiet = 0 if new or left else quiet + 1
        if quiet >= QUIET:
            return {
                "settled": True,
                "seconds": round(waited, 1),
                "caught up after": round(caught_up or 0.0, 1),
                "restarts": cluster.restarts(),
            }
        await asyncio.sleep(LOOK)
    return {"settled": False, "seconds": round(within, 1), "left": left, "restarts": cluster.restarts()}


async def _left(cluster: Cluster, databases: Databases, reader: Reader) -> str:
    """What is still to be done, in words; empty when nothing is."""
    if not cluster.healthy():
        return "behind: not every process is ready"
    evidence = Evidence(records=reader.records, rows={name: await databases.rows(name) for name in ("outbox", "positions")})
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
    waiting = {record.data.cycle_id for record in evidence.of_type(ResponseExpected.type)}
    for done in (ResponseOverdue.type, ResponseSettled.type):
        waiting -= {record.data.cycle_id for record in evidence.of_type(done)}
    if waiting:
        return f"{len(waiting)} waits have not come to their due time"
    if mails := await databases.unsettled():
        return f"{mails} mails are under way"
    return ""
