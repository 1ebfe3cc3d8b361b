"""The witness: a consumer on the chassis like any other, whose effect is one more row for each event, with nothing that makes rows one."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar
from uuid import uuid4

from fastapi import FastAPI
from parley_chassis.consuming import consume
from parley_chassis.database import own_database, prepare
from parley_chassis.loops import Loop
from parley_chassis.mongo import Transactions, Unit
from parley_chassis.probes import Readiness
from parley_chassis.records import Received
from parley_chassis.service import Worker, run
from parley_chassis.settings import Port, ServiceSettings
from parley_chassis.subscription import INDEXES, Subscription
from parley_contracts import inquiries, ticketing
from parley_contracts.envelope import EventData
from parley_contracts.topics import INQUIRIES, TICKETS

EFFECTS = "effects"


class Noted(EventData):
    """An event of the drill's own, on the topics of conversations: services do not know it, and move its sequence."""

    type: ClassVar[str] = "parley.drill.noted.v1"

    text: str


class Settings(ServiceSettings):
    """The witness: writes down each event that it was handed."""

    service: str = "witness"
    http_port: Port = 8085
    probe_port: Port = 9085
    worker_port: Port = 9185


async def note(unit: Unit, received: Received[Any]) -> None:
    """One more row, whatever is there."""
    envelope = received.envelope
    unit.documents(EFFECTS).put(
        {
            "_id": str(uuid4()),
            "event": envelope.id,
            "topic": received.topic.name,
            "subject": envelope.subject,
            "sequence": envelope.sequence,
            "at": unit.now,
        }
    )


def create_worker(settings: Settings) -> Worker:
    """What `work` runs."""

    @asynccontextmanager
    async def opened(readiness: Readiness) -> AsyncIterator[Sequence[Loop]]:
        async with own_database(settings, readiness) as database:
            await prepare(database, INDEXES)
            transact = Transactions(database, lambda unit: unit)
            heard: Subscription[Unit] = Subscription(group="witness", topics=(TICKETS, INQUIRIES), transact=transact)
            known: set[type[Any]] = {*ticketing.EVENTS, *inquiries.EVENTS, Noted}
            for event in known:
                heard.on(event, note)
            yield [Loop("consumer", lambda: consume(heard, settings))]

    return Worker(opened)


if __name__ == "__main__":
    run("witness", Settings, lambda _: FastAPI(), create_worker)
