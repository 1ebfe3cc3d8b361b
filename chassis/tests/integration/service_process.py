"""A service that sells train tickets, for the tests of the two processes; PLANTED says what goes wrong in it."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI
from parley_chassis import service
from parley_chassis.http import http_app
from parley_chassis.loops import Loop, every, until
from parley_chassis.markets import MarketPart, read_markets
from parley_chassis.probes import Readiness
from parley_chassis.service import Worker
from parley_chassis.settings import ServiceSettings
from parley_chassis.testing import eventually

PLANTED = os.environ.get("PLANTED", "")
router = APIRouter()
log = structlog.get_logger("trains")


class TrainSettings(ServiceSettings):
    """A service that sells train tickets."""

    service: str = "trains"


@router.get("/v1/slow")
async def slow() -> dict[str, bool]:
    log.info("Slow request began")
    await eventually(lambda: Path(os.environ["RELEASE"]).exists())
    return {"done": True}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    log.info("Disconnected")


def create_app(settings: TrainSettings) -> FastAPI:
    read_markets(settings.markets_dir, MarketPart)
    return http_app(settings, title="Trains", routers=[router], refusals={}, lifespan=lifespan)


def create_worker(settings: TrainSettings) -> Worker:
    async def connect() -> None:
        if PLANTED == "no broker":
            raise ConnectionRefusedError("refused")

    async def timetable() -> None:
        if PLANTED == "broken loop":
            raise OSError("the timetable is gone")

    async def follow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            log.info("Follower stopped")

    @asynccontextmanager
    async def opened(readiness: Readiness) -> AsyncIterator[Sequence[Loop]]:
        await until("Kafka at kafka:9092", connect, failures=(OSError,), pause=0.05)
        try:
            yield [every(0.05, timetable, name="timetable"), Loop("follow", follow)]
        finally:
            if PLANTED == "hanging stop":
                await asyncio.Event().wait()

    return Worker(opened)


if __name__ == "__main__":
    if PLANTED == "hanging stop":
        service.DRAIN = 0.5
    service.run("trains", TrainSettings, create_app, create_worker)
