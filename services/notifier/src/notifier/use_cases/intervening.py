"""A person acts on mails that did not arrive: each act shows first what it would touch, has a reason and stays in the history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.domain.dead_addresses import DeadAddress
from notifier.domain.intervention import Intervention, Verb
from notifier.domain.words import State
from notifier.ports import Desk, Looking
from notifier.use_cases.looking import NothingThere, Seen, look_at

MOST_SHOWN = 200


class KeyReused(Exception):
    """This Idempotency-Key came with another act before; use a new key for a new act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who acts and why. The same ``id`` acts once. ``markets`` are those that this person may touch; None: all."""

    id: str
    by: str
    reason: str
    markets: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A dead address, and the mails to its owner that were not sent: a lift leaves them, each can be resent."""

    address: DeadAddress
    unsent: tuple[str, ...]


async def check_resend(desk: Desk, delivery_id: str, markets: frozenset[str] | None) -> None:
    """Raises NothingThere, NotResendable where a resend would, too."""
    (await look_at(desk, delivery_id, markets, addressed=())).delivery.resend(desk.now)


async def resend(desk: Desk, act: Act, delivery_id: str, *, addressed: Collection[str]) -> Seen:
    """Send it after all, or now; raises NothingThere, NotResendable."""
    seen = await look_at(desk, delivery_id, act.markets, addressed=addressed)
    if await done_before(desk, act, Verb.RESEND, delivery_id):
        return seen
    again = seen.delivery.resend(desk.now)
    desk.deliveries.put(again)
    note(desk, act, Verb.RESEND, delivery_id, market=again.market, before=seen.delivery.state)
    return Seen(again, seen.address)


async def suppressed(
    desk: Desk, markets: frozenset[str] | None, *, recipient_id: str | None, after: tuple[datetime, str] | None, limit: int
) -> Sequence[DeadAddress]:
    """Dead addresses, the newest first."""
    return await desk.dead_addresses.look(desk.now, markets, recipient_id=recipient_id, after=after, limit=limit)


async def show_suppressed(desk: Desk, id: str, markets: frozenset[str] | None) -> Suppressed:
    """One dead address with what it kept from being sent; raises NothingThere."""
    found = await desk.dead_addresses.get(id)
    if found is None or not found.holds(desk.now) or (markets is not None and found.market not in markets):
        raise NothingThere
    wanted = Looking(markets=markets, recipient_id=found.recipient_id, states=(State.SUPPRESSED,), limit=MOST_SHOWN)
    return Suppressed(found, tuple(each.id for each in await desk.deliveries.look(wanted)))


async def lift(desk: Desk, act: Act, id: str) -> None:
    """Mail this address again from now on; raises NothingThere."""
    if await done_before(desk, act, Verb.LIFT, id):
        return
    found = (await show_suppressed(desk, id, act.markets)).address
    desk.dead_addresses.remove(id)
    note(desk, act, Verb.LIFT, id, market=found.market, before=found.reason)


async def history(
    desk: Desk, markets: frozenset[str] | None, *, target: str | None, after: tuple[datetime, str] | None = None, limit: int
) -> Sequence[Intervention]:
    """What was done, the newest first."""
    return await desk.interventions.look(markets, target=target, after=after, limit=limit)


async def done_before(desk: Desk, act: Act, verb: Verb, target: str) -> Intervention | None:
    """What this act did when it came before; raises KeyReused where that was another act."""
    done = await desk.interventions.get(act.id)
    if done and (done.verb, done.target, done.reason) != (verb, target, act.reason):
        raise KeyReused
    return done


def note(desk: Desk, act: Act, verb: Verb, target: str, *, market: str, before: str) -> None:
    """Into the history."""
    desk.interventions.add(
        Intervention(id=act.id, at=desk.now, by=act.by, verb=verb, target=target, market=market, reason=act.reason, before=before)
    )
