"""The engineer on call holds mail back and lets it go on; what has left is not called back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from notifier.domain.intervention import Verb
from notifier.domain.pauses import ALL, Pause
from notifier.ports import Backlog, Desk
from notifier.use_cases.intervening import Act, done_before, note


class UnknownScope(Exception):
    """There is no such market."""

    def __init__(self, scope: str, markets: Collection[str]) -> None:
        super().__init__(f"There is no market {scope!r}. Name one of {', '.join(sorted(markets))}, or {ALL} for all mail.")


class PausedAlready(Exception):
    """This mail is paused already: look at who paused it and why."""


class NotPaused(Exception):
    """This mail is not paused, or not any more: there is nothing to lift."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a pause of this scope holds back, or would: the mails that are due, and those that will be."""

    scope: str
    pause: Pause | None
    backlog: Backlog


async def list_pauses(desk: Desk) -> Sequence[Pause]:
    """What is paused now."""
    return await desk.pauses.every()


async def show(desk: Desk, scope: str, markets: Collection[str]) -> Held:
    """What a pause or a lift would touch; raises UnknownScope."""
    if scope != ALL and scope not in markets:
        raise UnknownScope(scope, markets)
    among = sorted(markets) if scope == ALL else [scope]
    return Held(scope, await _pause_of(desk, scope), await desk.deliveries.backlog(desk.now, among))


async def check_lift(desk: Desk, scope: str, markets: Collection[str]) -> None:
    """Raises UnknownScope, NotPaused where a lift would, too."""
    if (await show(desk, scope, markets)).pause is None:
        raise NotPaused


async def pause(desk: Desk, act: Act, scope: str, markets: Collection[str]) -> Pause:
    """Begin nothing more of this scope; raises UnknownScope, PausedAlready."""
    done = await done_before(desk, act, Verb.PAUSE, scope)
    begun = Pause(scope=scope, since=done.at if done else desk.now, by=act.by, reason=act.reason)
    if done is None:
        held = await show(desk, scope, markets)
        if held.pause:
            raise PausedAlready
        desk.pauses.put(begun)
        note(desk, act, Verb.PAUSE, scope, market=scope, before=f"{held.backlog.due} due, {held.backlog.later} later")
    return begun


async def go_on(desk: Desk, act: Act, scope: str, markets: Collection[str]) -> None:
    """Lift the pause of this scope; raises UnknownScope, NotPaused."""
    if await done_before(desk, act, Verb.GO_ON, scope):
        return
    held = await show(desk, scope, markets)
    if held.pause is None:
        raise NotPaused
    desk.pauses.remove(scope)
    note(desk, act, Verb.GO_ON, scope, market=scope, before=f"paused since {held.pause.since:%Y-%m-%dT%H:%M:%SZ}, {held.backlog.due} due")


async def _pause_of(desk: Desk, scope: str) -> Pause | None:
    return next((each for each in await desk.pauses.every() if each.scope == scope), None)
