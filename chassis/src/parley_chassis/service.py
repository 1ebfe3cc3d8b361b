"""The command line of a service and its two processes: `serve` answers HTTP, `work` follows the log."""

import argparse
import asyncio
import inspect
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import structlog
from fastapi import FastAPI

from parley_chassis import logging, republishing
from parley_chassis.garbage import collect_seldom
from parley_chassis.listening import PortTaken, listening
from parley_chassis.loops import Loop, LoopEnded, supervise
from parley_chassis.manual import described
from parley_chassis.markets import MarketFaults
from parley_chassis.probes import Readiness, probe_app
from parley_chassis.settings import ServiceSettings, Settings, load

DRAIN = 25.0
"""Seconds from SIGTERM to the end, whatever happens."""


Main = Callable[[asyncio.Event], Coroutine[Any, Any, None]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """What `work` runs: ``opened`` connects, waits for what it needs, and yields the loops; leaving it closes all."""

    opened: Callable[[Readiness], AbstractAsyncContextManager[Sequence[Loop]]]
    readiness: Readiness = field(default_factory=Readiness)

    async def run(self) -> None:
        """Run until cancelled; raises LoopEnded when a loop ends."""
        async with self.opened(self.readiness) as loops:
            self.readiness.started()
            log.info("Working", loops=[loop.name for loop in loops])
            try:
                await supervise(loops)
            except LoopEnded as ended:
                _end_anyway_after(DRAIN)
                log.critical("This process ends, to be started again", loop=ended.name, reason=str(ended), exc_info=ended.reason)
                raise


@dataclass(frozen=True, slots=True)
class Command:
    """A further command of a service, beside `serve`, `work` and `republish`; ``run`` returns the exit code."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def run(
    name: str,
    settings_class: type[Settings],
    create_app: Callable[[Settings], FastAPI],
    create_worker: Callable[[Settings], Worker],
    *,
    commands: Sequence[Command] = (),
    argv: Sequence[str] | None = None,
) -> NoReturn:
    """The whole of a service's `__main__`: read the command line, load the settings, run the process, exit with its code."""
    arguments = _parser(name, settings_class, commands).parse_args(argv)
    if "run" in arguments:
        raise SystemExit(arguments.run(arguments))
    settings = load(settings_class)
    logging.configure(name, level=settings.log_level)
    if arguments.command == "republish":
        raise SystemExit(asyncio.run(republishing.republish(settings, arguments)))
    try:
        main = _serving(create_app(settings), settings) if arguments.command == "serve" else _working(create_worker(settings), settings)
    except MarketFaults as faults:
        sys.stderr.write(f"{name} cannot start. {faults}\n")
        raise SystemExit(2) from None
    raise SystemExit(_run_process(main))


def _serving(app: FastAPI, settings: ServiceSettings) -> Main:
    return lambda stop: serve(app, settings, stop)


def _working(worker: Worker, settings: ServiceSettings) -> Main:
    return lambda stop: work(worker, settings, stop)


async def serve(app: FastAPI, settings: ServiceSettings, stop: asyncio.Event) -> None:
    """Answer HTTP until told to stop; then finish what is running."""
    readiness: Readiness = app.state.readiness
    async with (
        listening(probe_app(readiness), settings.http_host, settings.probe_port, "PROBE_PORT"),
        app.router.lifespan_context(app),
        listening(app, settings.http_host, settings.http_port, "HTTP_PORT"),
    ):
        readiness.started()
        log.info("Serving", at=f"http://{settings.http_host}:{settings.http_port}", public_url=settings.public_url)
        await stop.wait()
        readiness.drain()


async def work(worker: Worker, settings: ServiceSettings, stop: asyncio.Event) -> None:
    """Run the loops until told to stop; then let each finish what it must."""
    async with listening(probe_app(worker.readiness), settings.http_host, settings.worker_port, "WORKER_PORT"):
        working, stopping = asyncio.ensure_future(worker.run()), asyncio.ensure_future(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        worker.readiness.drain()
        stopping.cancel()
        working.cancel()
        try:
            await working
        except asyncio.CancelledError:
            if not stop.is_set():
                raise


def _run_process(main: Main) -> int:
    collect_seldom()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_until_signalled(main))
    except LoopEnded:
        return 1
    except PortTaken as taken:
        log.critical(str(taken))
        return 1
    log.info("Stopped")
    return 0


async def _until_signalled(main: Main) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def ask_to_stop(number: int) -> None:
        if stop.is_set():
            log.critical("Told twice to stop: ending at once")
            os._exit(1)
        log.info("Stopping", signal=signal.Signals(number).name, within_seconds=DRAIN)
        _end_anyway_after(DRAIN)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask_to_stop, number)
    await main(stop)


def _end_anyway_after(seconds: float) -> None:
    """End the process then, by a thread: a stuck event loop could not, and closing may wait for a broker that is gone."""

    def end() -> None:
        log.critical("Did not stop in time: ending at once", seconds=seconds)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _parser(name: str, settings_class: type[ServiceSettings], commands: Sequence[Command]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=name,
        description=inspect.getdoc(settings_class),
        epilog="Settings, from the environment (a secret X also from the file that X_FILE names):\n\n" + described(settings_class),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parts.add_parser("serve", help="answer HTTP; needs MongoDB, works while Kafka is down")
    parts.add_parser("work", help="publish events, follow the log, do what is due; needs MongoDB and Kafka, waits for both")
    republishing.arguments(parts.add_parser("republish", help=republishing.HELP, description=republishing.HELP))
    for command in commands:
        part = parts.add_parser(command.name, help=command.help, description=command.help)
        command.arguments(part)
        part.set_defaults(run=command.run)
    return parser
