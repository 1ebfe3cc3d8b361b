"""Take what is due and can be sent now; settle on the way what needs no mail any more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from notifier.domain.addresses import domain_of
from notifier.domain.conversation import Conversation
from notifier.domain.dead_addresses import hashed
from notifier.domain.delivery import GIVE_UP, Delivery
from notifier.domain.news import Parties
from notifier.domain.pauses import running
from notifier.domain.recipients import Party, Recipient, RecipientKind
from notifier.domain.rules import Rules
from notifier.domain.words import Audience, Notice, State
from notifier.ports import Desk, Job
from notifier.use_cases.hearing import for_other_recipient, side_of

MOST_FOLDED = 500


@dataclass(frozen=True, slots=True)
class Claimed:
    """The jobs of one claim, what ended without one, the time until something is due (None: nothing waits at all), how late the
    oldest is that should have been tried: since it became due, or since it began where no server takes a connection; and the scopes
    that a person has paused. What is paused is late all the same: somebody must remember it.
    """

    jobs: tuple[Job, ...]
    ended: tuple[State, ...]
    wait: timedelta | None
    late: timedelta
    paused: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Round:
    """One claim while it is being made."""

    desk: Desk
    rules: Rules
    jitter: Callable[[], float]
    resting: Mapping[str, timedelta]
    folds: dict[str, list[Delivery]] = field(default_factory=dict)
    ended: list[Delivery] = field(default_factory=list)

    def put(self, delivery: Delivery) -> None:
        self.desk.deliveries.put(delivery)
        if delivery.state.terminal:
            self.ended.append(delivery)


async def claim(desk: Desk, rules: Rules, *, limit: int, jitter: Callable[[], float], resting: Mapping[str, timedelta]) -> Claimed:
    """Claim at most so many deliveries, none that is paused or for a mail host that rests. Leases that ran out are seen to first."""
    paused = frozenset(pause.scope for pause in await desk.pauses.every())
    markets = running(rules.markets, paused)
    due = await desk.deliveries.due(desk.now, markets, limit)
    await _prefetch(desk, rules, due)
    work = _Round(desk, rules, jitter, resting)
    for other in await desk.deliveries.foldable([each.fold_key for each in due if each.untouched], MOST_FOLDED):
        work.folds.setdefault(other.fold_key, []).append(other)
    jobs = []
    for each in due:
        delivery = await desk.deliveries.get(each.id)
        if delivery is not None and not delivery.state.terminal and (job := await _prepare(work, delivery)):
            jobs.append(job)
    await desk.publish(work.ended)
    next_due = await desk.deliveries.next_due(markets)
    oldest = await desk.deliveries.next_due(sorted(rules.markets)) if paused else next_due
    since = await desk.deliveries.untried_since(sorted(rules.markets))
    late = max([timedelta(), *(desk.now - each for each in (oldest, since) if each)])
    return Claimed(tuple(jobs), tuple(each.state for each in work.ended), next_due - desk.now if next_due else None, late, paused)


async def _prefetch(desk: Desk, rules: Rules, due: list[Delivery]) -> None:
    """A few queries for all of them, and none for each."""
    conversation_ids = [each.conversation_id for each in due]
    await desk.conversations.load(conversation_ids)
    await desk.waits.load(conversation_ids)
    people = [each.recipient.id for each in due if each.recipient.kind is RecipientKind.PARTY]
    for id in conversation_ids:
        if conversation := await desk.conversations.get(id):
            people += [conversation.parties.buyer_id, conversation.parties.seller_id]
    await desk.people.load(people)
    recipients = [await desk.people.get(each.recipient.id) for each in due if each.recipient.kind is RecipientKind.PARTY]
    queues = [address for each in due if (address := _queue_address(rules, each))]
    await desk.dead_addresses.load([*queues, *(person.address for person in recipients if person and person.address)])


async def _prepare(work: _Round, delivery: Delivery) -> Job | None:
    if delivery.state in (State.CLAIMED, State.DOT):
        delivery = delivery.lapse(work.desk.now)
    if delivery.recipient.kind is RecipientKind.SIDE and (found := await _found(work.desk, delivery)):
        await work.desk.deliveries.add([for_other_recipient(delivery, each, work.rules) for each in found])
        work.desk.deliveries.remove(delivery.id)
        return None
    person = await work.desk.people.get(delivery.recipient.id) if delivery.recipient.kind is RecipientKind.PARTY else None
    address = person.address if person else _queue_address(work.rules, delivery)
    if unsent := await _unsent(work, delivery, person, address):
        work.put(unsent)
        return None
    return await _job(work, await _fold(work, delivery), person, address or "")


async def _unsent(work: _Round, delivery: Delivery, person: Party | None, address: str | None) -> Delivery | None:
    """What becomes of it where no mail is sent now; None means that it can be."""
    desk, at = work.desk, work.desk.now
    if delivery.due is None or delivery.due > at:
        return delivery
    if delivery.recipient.kind is RecipientKind.PARTY and await desk.people.is_gone(delivery.recipient.id):
        return delivery.erased(at)
    if await _is_obsolete(desk, delivery):
        return delivery.obsolete(at)
    if address is None:
        # Whoever tells of this person or shop at the same moment must find this delivery waiting for it.
        await desk.people.touch(delivery.recipient.id)
        return delivery.searched(at, work.jitter())
    if at >= delivery.begun + GIVE_UP:
        return delivery.expired(at)
    if person and not person.wants_mail and not delivery.notice.asked_for:
        return delivery.suppressed(at, "the recipient wants no mail")
    if (dead := await desk.dead_addresses.get(hashed(address))) and dead.holds(at):
        return delivery.suppressed(at, "the recipient's mail server refuses the address for good")
    if rest := work.resting.get(domain_of(address)):
        return delivery.postpone(at, rest)
    return None


async def _is_obsolete(desk: Desk, delivery: Delivery) -> bool:
    if delivery.notice is not Notice.DUE_SOON or delivery.story.wait is None:
        return False
    waits = await desk.waits.get(delivery.conversation_id)
    return waits.is_over(delivery.story.wait, await desk.conversations.get(delivery.conversation_id), desk.now)


def _queue_address(rules: Rules, delivery: Delivery) -> str | None:
    is_queue = delivery.recipient.kind is RecipientKind.QUEUE
    return rules.markets[delivery.market].queues.get(delivery.audience) if is_queue else None


async def _found(desk: Desk, delivery: Delivery) -> list[Recipient]:
    """Who stands for a side of which nobody was known; a row for each of them takes this one's place."""
    conversation = await desk.conversations.get(delivery.conversation_id)
    # Of a mail that is about no conversation the side is all that is known.
    parties = conversation.parties if conversation else Parties(buyer_id="", seller_id=delivery.recipient.id)
    found = await side_of(desk, delivery.audience, delivery.market, parties)
    return [] if delivery.recipient in found else found


async def _job(work: _Round, delivery: Delivery, person: Party | None, address: str) -> Job:
    desk = work.desk
    conversation = await desk.conversations.get(delivery.conversation_id)
    waits = await desk.waits.get(delivery.conversation_id)
    wait = (delivery.story.wait or waits.expected(conversation)) if delivery.notice.names_the_answer else None
    language = _language(work.rules, delivery, person, conversation)
    claimed = replace(delivery.claim(desk.now, work.rules.claim_lease), language=language)
    desk.deliveries.put(claimed)
    buyer, seller = await _names(desk, delivery, conversation)
    return Job(
        delivery=claimed,
        address=address,
        time_zone=person.time_zone if person else None,
        recipient_name=person.name if person else None,
        seller_name=seller,
        buyer_name=buyer,
        conversation=conversation,
        expected=wait.due if wait else None,
        at=desk.now,
    )


async def _fold(work: _Round, delivery: Delivery) -> Delivery:
    """Everything of the same kind that was never attempted goes out with this one; the set is fixed now."""
    if not delivery.untouched:
        return delivery
    others = tuple(other for other in work.folds.get(delivery.fold_key, ()) if other.id != delivery.id)
    for other in others:
        work.put(other.fold_into(delivery.id, work.desk.now))
    return delivery.absorb(others) if others else delivery


def _language(rules: Rules, delivery: Delivery, person: Party | None, conversation: Conversation | None) -> str:
    asked_in = conversation.language if conversation and delivery.audience is Audience.BUYER else None
    return rules.language((person.language if person else None, asked_in, rules.markets[delivery.market].language))


async def _names(desk: Desk, delivery: Delivery, conversation: Conversation | None) -> tuple[str | None, str | None]:
    shop = delivery.conversation_id if delivery.notice.about_a_seller else conversation.parties.seller_id if conversation else None
    buyer = await desk.people.get(conversation.parties.buyer_id) if conversation else None
    seller = await desk.people.get(shop) if shop else None
    return buyer.name if buyer else None, seller.name if seller else None
