"""The command line of the local stack: python -m parley_local COMMAND."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from parley_local import commands
from parley_local.layout import Layout
from parley_local.problem import CannotRun


def main() -> int:
    arguments = _parser().parse_args()
    try:
        arguments.run(arguments)
    except CannotRun as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of what we print has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m parley_local", description=__doc__)
    add = parser.add_subparsers(required=True, metavar="COMMAND").add_parser

    up = add("up", help="start everything in the background, wait until it is healthy, print the addresses")
    up.set_defaults(run=lambda _: commands.up(Layout.from_environment()))
    down = add("down", help="stop everything; the data stays")
    down.set_defaults(run=lambda _: commands.down(Layout.from_environment()))
    status = add("status", help="what runs, and where")
    status.set_defaults(run=lambda _: commands.status(Layout.from_environment()))
    logs = add("logs", help="the last lines of every part")
    logs.add_argument("part", nargs="?", help="of this part alone")
    logs.add_argument("-f", "--follow", action="store_true", help="go on with what is added")
    logs.set_defaults(run=lambda given: commands.show_logs(Layout.from_environment(), given.part, go_on=given.follow))
    demo = add("demo", help="tell the story on the running stack, starting it if needed; fails if anything is missing")
    demo.set_defaults(run=_demo)
    token = add("token", help="a bearer token of a demo person, for the API")
    token.add_argument("who", nargs="?", default="")
    token.set_defaults(run=_token)

    command = add("settings", help="what a shell sets so that `parley` speaks to the running stack as a demo person")
    command.add_argument("who", nargs="?", default="sam")
    command.set_defaults(run=_settings)

    run = add("run", help="run everything in the foreground (what `up` starts)")
    run.add_argument("--free-ports", action="store_true", help="listen where nobody does, and print where as JSON when healthy")
    run.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    run.set_defaults(run=_run)
    servers = add("servers", help="a broker and a database on free ports, for tests; prints where they are as JSON")
    servers.add_argument("which", nargs="+", choices=["kafka", "mongodb"])
    servers.add_argument("--data", type=Path, help="keep the data here (default: a folder that goes with the servers)")
    servers.add_argument("--brokers", type=int, choices=[1, 3], default=1)
    servers.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    servers.set_defaults(run=_servers)
    market = add("open-market", help="publish the people and orders of the demo marketplace, once for each stack")
    market.set_defaults(run=_open_market)
    shop = add("shop", help="the demo shop, where everybody of the demo marketplace signs in")
    shop.set_defaults(run=_shop)
    lock = add("lock", help="resolve the broker's jars again and write jgo.lock.toml")
    lock.set_defaults(run=_lock)
    return parser


# What follows imports what it needs when it is called: `make status` does not wait for the clients of servers.


def _demo(_: argparse.Namespace) -> None:
    from parley_local import playing

    playing.demo(Layout.from_environment())


def _token(given: argparse.Namespace) -> None:
    from parley_local import issuer

    sys.stdout.write(issuer.token(Layout.from_environment().folder, given.who) + "\n")


def _settings(given: argparse.Namespace) -> None:
    from parley_local import playing

    playing.settings_of_command(Layout.from_environment(), given.who)


def _open_market(_: argparse.Namespace) -> None:
    from parley_local import marketplace

    asyncio.run(marketplace.open_once(Layout.from_environment()))


def _shop(_: argparse.Namespace) -> None:
    from parley_local.shop import server

    server.serve(Layout.from_environment())


def _lock(_: argparse.Namespace) -> None:
    from parley_local import jars

    sys.stdout.write("jgo.lock.toml is written\n" if jars.lock() else "jgo.lock.toml is up to date\n")


def _run(given: argparse.Namespace) -> None:
    from parley_local import runner

    layout = Layout.from_environment()
    layout = layout.on_free_ports() if given.free_ports else layout
    _until_ended(runner.run(layout, announce=given.free_ports), with_parent=given.with_parent)


def _servers(given: argparse.Namespace) -> None:
    from parley_local.servers import serve

    _until_ended(serve(given.which, data=given.data, brokers=given.brokers), with_parent=given.with_parent)


def _until_ended(work: Coroutine[Any, Any, None], *, with_parent: bool) -> None:
    """Run it; SIGTERM, Ctrl-C and the end of the parent cancel it, which lets it end its children in order."""

    async def run() -> None:
        task, loop = asyncio.ensure_future(work), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        if with_parent:
            loop.add_reader(sys.stdin, _end_with_input, task)
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    asyncio.run(run())


def _end_with_input(task: "asyncio.Future[None]") -> None:
    # The parent writes nothing: what can be read is the end.
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin)
        task.cancel()


if __name__ == "__main__":
    sys.exit(main())
