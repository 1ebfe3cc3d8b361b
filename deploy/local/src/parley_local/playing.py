"""What a person does with the running stack: the story, and the settings of the command `parley`."""

import asyncio
import shlex
import sys

import httpx

from parley_local import stack, state
from parley_local.commands import up
from parley_local.demo.story import tell
from parley_local.demo.telling import Missing, Teller
from parley_local.layout import Layout
from parley_local.problem import CannotRun


def demo(layout: Layout) -> None:
    """Tell the story on the running stack; start it, if none runs."""
    if not state.is_running(layout.folder):
        up(layout)
    try:
        asyncio.run(tell(Layout.of(state.running(layout.folder).layout), Teller()))
    except (Missing, httpx.HTTPError) as error:
        raise CannotRun(f"\nThe story broke off: {type(error).__name__}: {error}\n`make logs` shows what the services say.") from error


def settings_of_command(layout: Layout, who: str) -> None:
    """What a shell sets so that the command `parley` speaks to the running stack as a demo person."""
    settings = stack.settings_of_command(Layout.of(state.running(layout.folder).layout), who)
    sys.stdout.write("".join(f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()))
