"""A writer that kills itself at a named place of its transaction: python writer_process.py URI DATABASE PLACE."""

import asyncio
import os
import signal
import sys

from parley_chassis.commands import Answer, CommandKey
from parley_chassis.mongo import Transactions, Unit, connect
from parley_contracts.envelope import Envelope
from parley_contracts.topics import TICKETS

KEY = CommandKey(principal="buyer-$1", route="POST /v1/tickets", key="k1", fingerprint="f1")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(uri: str, database: str, place: str) -> None:
    async def write(unit: Unit) -> Answer:
        unit.documents("totals").put({"_id": "total", "n": 1})
        unit.outbox.add(
            Envelope(
                id="e1", source="/ticketing", type="parley.ticket.created.v1", subject="t1", time=unit.now, sequence=1,
                dataschema="urn:x", correlationid="e1", causationid="command:1", value=b"{}",
            ),
            TICKETS,
        )  # fmt: skip
        if place == "before-flush":
            die()
        if place == "before-commit":
            await unit.flush()
            die()
        return Answer(201, {})

    transact = Transactions(connect(uri, app="test")[database], lambda unit: unit)
    await transact.once(KEY, write)
    die()


asyncio.run(main(*sys.argv[1:]))
