"""What became of an attempt is written down; so is, before that, that the text is about to leave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from notifier.domain.dead_addresses import after_refusal, hashed
from notifier.domain.delivery import Delivery, LeaseLost
from notifier.domain.recipients import RecipientKind
from notifier.domain.rules import Rules
from notifier.ports import Accepted, Delayed, Desk, NotTried, Outcome, Refused, Unanswered, Unwritten, Withdrawn

NOT_TRIED_REST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to send one delivery: its id and the epoch of the claim."""

    id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an attempt ended, and the address that it went to."""

    hold: Hold
    outcome: Outcome
    address: str


async def reach_dot(desk: Desk, rules: Rules, holds: Sequence[Hold]) -> frozenset[Hold]:
    """Store that these texts are about to leave; those that are returned may."""
    await desk.deliveries.load([hold.id for hold in holds])
    ours = set()
    for hold in holds:
        delivery = await desk.deliveries.get(hold.id)
        try:
            if delivery is not None:
                desk.deliveries.put(delivery.reach_dot(hold.epoch, desk.now, rules.dot_lease))
                ours.add(hold)
        except LeaseLost:
            continue
    return frozenset(ours)


async def settle(desk: Desk, settlements: Sequence[Settlement], *, jitter: Callable[[], float]) -> None:
    """Write down how attempts ended. One that is no longer ours is left alone."""
    await desk.deliveries.load([each.hold.id for each in settlements])
    await desk.dead_addresses.load(each.address for each in settlements if isinstance(each.outcome, Refused))
    ended = []
    for each in settlements:
        delivery = await desk.deliveries.get(each.hold.id)
        try:
            settled = _settled(desk, delivery, each, jitter) if delivery else None
        except LeaseLost:
            continue
        if settled is None:
            continue
        desk.deliveries.put(settled)
        if settled.state.terminal:
            ended.append(settled)
        if isinstance(each.outcome, Refused) and (each.outcome.dead or each.outcome.doubtful):
            await _bury(desk, settled, each.outcome, each.address)
    await desk.publish(ended)


async def _bury(desk: Desk, refused: Delivery, outcome: Refused, address: str) -> None:
    """Remember that a server refused this address. A market's own queue is never given up."""
    if refused.recipient.kind is RecipientKind.PARTY:
        before = await desk.dead_addresses.get(hashed(address))
        about = {"market": refused.market, "recipient_id": refused.recipient.id, "reason": outcome.reason}
        desk.dead_addresses.put(after_refusal(before, address, **about, certain=outcome.dead, at=desk.now))


def _settled(desk: Desk, delivery: Delivery, settlement: Settlement, jitter: Callable[[], float]) -> Delivery | None:
    epoch, at = settlement.hold.epoch, desk.now
    match settlement.outcome:
        case Accepted(code=code):
            return delivery.sent(epoch, at, code)
        case Refused(reason=reason, code=code):
            return delivery.rejected(epoch, at, reason=reason, code=code)
        case Delayed(reason=reason, code=code):
            return delivery.failed(epoch, at, reason=reason, code=code, jitter=jitter())
        case Unwritten(reason=reason):
            return delivery.failed(epoch, at, reason=reason, code=None, jitter=jitter())
        case Unanswered(reason=reason):
            return delivery.left_open(epoch, at, reason=reason)
        case NotTried(reason=reason, by_choice=by_choice):
            return delivery.handed_back(epoch, at, reason=reason, delay=timedelta() if by_choice else NOT_TRIED_REST)
        case Withdrawn():
            return None
