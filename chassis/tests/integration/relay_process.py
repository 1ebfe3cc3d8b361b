"""A relay as a process of its own, which can kill itself at a named place: python relay_process.py URI DATABASE SERVERS PREFIX [PLACE]."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from typing import Any

from parley_chassis.mongo.driver import connect
from parley_chassis.relay import Relay
from parley_chassis.security import OPEN, KafkaSecurity
from parley_contracts.topics import TICKETS


@dataclass(frozen=True)
class Settings:
    kafka_bootstrap_servers: str
    topic_prefix: str
    kafka_security: KafkaSecurity = OPEN
    service: str = "ticketing"


class Dying(Relay):
    """Dies after the acknowledgements of events, before its place is kept."""

    async def _save(self) -> None:
        if self._sent_events:
            os.kill(os.getpid(), signal.SIGKILL)
        await super()._save()

    _sent_events = False

    async def _send(self, rows: list[dict[str, Any]], *, repeated: bool = False) -> None:
        await super()._send(rows, repeated=repeated)
        self._sent_events = self._sent_events or bool(rows)


async def main(uri: str, database: str, servers: str, prefix: str, place: str = "") -> None:
    kind = Dying if place == "before-save" else Relay
    relay = kind(connect(uri, app="test")[database], Settings(servers, prefix), [TICKETS], TICKETS, "/ticketing")
    await relay.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
