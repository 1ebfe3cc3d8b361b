"""`python -m parley_bench.serving`: the HTTP servers of B1, each in a process of its own."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

import structlog
import uvloop
from fastapi import FastAPI
from parley_chassis.auth import Authenticator
from parley_chassis.commands import Answer, CommandKey
from parley_chassis.garbage import collect_seldom
from parley_chassis.service import serve
from parley_conversation.testing.issuer import ISSUER
from ticketing.main import create_app
from ticketing.settings import TicketingSettings
from ticketing.testing import A_MARKET, InMemoryTicketing, an_order

from parley_bench.textbook_http import textbook_app

Kind = Literal["parley", "textbook", "nothing"]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Serving:
    """What the process is told."""

    kind: Kind
    folder: str
    http_port: int
    probe_port: int
    worker_port: int
    mongodb: str
    database: str
    orders: int

    def as_argument(self) -> str:
        return json.dumps(asdict(self))

    @property
    def settings(self) -> TicketingSettings:
        folder = Path(self.folder)
        trust: dict[str, Any] = {"issuer": ISSUER, "jwks_file": folder / "jwks.json"}
        given: dict[str, Any] = {
            "environment": "test", "mongodb_uri": self.mongodb, "mongodb_database": self.database, "kafka_bootstrap_servers": "127.0.0.1:1",
            "http_port": self.http_port, "probe_port": self.probe_port, "worker_port": self.worker_port, "auth": trust, "shop": trust,
            "public_url": "https://help.example.com", "markets_dir": folder, "link_keys_file": folder / "link-keys", "log_level": "warning",
        }  # fmt: skip
        return TicketingSettings(**given)


class Forgetful:
    """Runs each command on tables of its own, which nobody keeps: all the work but the database's."""

    def __init__(self, orders: int) -> None:
        self._orders = {f"order-{n}": an_order(id=f"order-{n}", buyer_id=f"buyer-{n % 40}") for n in range(orders)}

    def about(self, *ids: str) -> "Forgetful":
        return self

    async def once(
        self, key: CommandKey | None, use_case: Callable[Concatenate[Any, P], Awaitable[Answer]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Answer:
        return await use_case(InMemoryTicketing({"orders": self._orders}, datetime.now(UTC), {"de": A_MARKET}), *args, **kwargs)


def app_of(wanted: Serving) -> FastAPI:
    """The application that is measured; all three are run by the same server."""
    settings = wanted.settings
    if wanted.kind == "textbook":
        return textbook_app(settings, Authenticator(settings.auth))
    app = create_app(settings)
    if wanted.kind == "nothing":
        app.router.lifespan_context = _forgetting(wanted.orders)
    return app


def _forgetting(orders: int) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.transact = Forgetful(orders)
        yield

    return lifespan


async def _main(wanted: Serving) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await serve(app_of(wanted), wanted.settings, stop)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    collect_seldom()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(Serving(**json.loads(sys.argv[1]))))
