"""A consumer that kills itself at a named place: python consumer_process.py URI DATABASE SERVERS PREFIX PLACE."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from parley_chassis.consuming import consume
from parley_chassis.mongo import connect
from parley_chassis.security import OPEN, KafkaSecurity
from parley_chassis.subscription import Subscription


@dataclass(frozen=True)
class Settings:
    kafka_bootstrap_servers: str
    topic_prefix: str
    kafka_security: KafkaSecurity = OPEN


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(Subscription[Any]):
    """Dies when a batch is applied and its offsets are not committed."""

    async def handle(self, *given: Any) -> None:
        await super().handle(*given)
        die()


async def main(uri: str, database: str, servers: str, prefix: str, place: str) -> None:
    shared = _conftest()
    notebook = shared.Notebook(connect(uri, app="test")[database])
    subscription = notebook.subscription()
    if place == "before-offset-commit":
        subscription.__class__ = Dying
    else:
        noted = notebook.note

        async def note(unit: Any, received: Any) -> None:
            await noted(unit, received)
            await unit.flush()
            if received.envelope.sequence == 3:
                die()

        subscription._handlers.events[shared.Noted.type] = (shared.Noted, note)
    await consume(subscription, Settings(servers, prefix))


def _conftest() -> Any:
    """The service of these tests stands beside them."""
    found = spec_from_file_location("shared", Path(__file__).with_name("conftest.py"))
    assert found is not None
    assert found.loader is not None
    shared = module_from_spec(found)
    sys.modules["shared"] = shared
    found.loader.exec_module(shared)
    return shared


asyncio.run(main(*sys.argv[1:]))
