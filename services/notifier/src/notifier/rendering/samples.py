"""One job for each mail that there is: what is rendered when the service starts, in tests and for people who look."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifier.domain.conversation import Conversation
from notifier.domain.delivery import Delivery, Story
from notifier.domain.identity import delivery_id, message_id, thread_root
from notifier.domain.news import Health, Parties, Refund, Wait
from notifier.domain.recipients import party, queue
from notifier.domain.table import TABLE
from notifier.domain.words import Audience, Author, Kind, Notice
from notifier.ports import Job
from notifier.settings import Market

_AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_PARTIES = Parties(buyer_id="buyer-1", seller_id="shop-1")
_AUTHORS = {Kind.ESCALATED: {"appeal": Author.SELLER, "support": Author.SUPPORT}}
_CLOSED = (Notice.ANSWERED_AND_CLOSED, Notice.CLOSED, Notice.REFUND)
_ANSWERED = (Notice.MESSAGE, Notice.REOPENED, Notice.ORDER_NOTE)
_AWAITING = {Audience.SELLER: "awaiting_seller", Audience.SUPPORT: "awaiting_support"}


def sample_jobs(market: Market) -> Iterator[Job]:
    """A job for each cell of the table, tickets and inquiries alike, and for what can be folded into one mail."""
    for row in TABLE:
        for variant in row.variants:
            for author in row.authors if len(row.authors) < len(Author) else (_author(row.kind, variant),):
                for audience, cell in row.cells.items():
                    job = _job(market, cell.notice, audience, _story(row.kind, variant, author))
                    yield job
                    if not cell.notice.about_a_seller:
                        yield _about_a_product(job)
                    yield _folded(job)


_HEALTH = {
    "normal": Health(days=30, late_rate=2.5, csat=91.0, improved=True),
    "attention": Health(days=30, late_rate=12.0, late_below=3.0, csat_above=87.0),
    "at_risk": Health(days=30, late_rate=46.2, csat=58.3, late_below=43.0, csat_above=62.0),
    "other": Health(days=30, improved=True),
}


def _author(kind: Kind, variant: str) -> Author:
    return _AUTHORS.get(kind, {}).get(variant, Author.SUPPORT if kind in (Kind.HANDED_BACK, Kind.MESSAGE_REMOVED) else Author.SYSTEM)


def _story(kind: Kind, variant: str, author: Author) -> Story:
    owed_by = Audience.SUPPORT if variant == "support" else Audience.SELLER
    clock = kind in (Kind.DUE_SOON, Kind.OVERDUE, Kind.RETRACTED)
    return Story(
        kind=kind,
        variant=variant,
        author=author,
        actor_id="actor-1",
        at=_AT,
        conversation_id="0190a5a2-7c4e-7d1f-9a3b-1c2d3e4f5a6b",
        source="/ticketing",
        number="" if kind is Kind.HEALTH_CHANGED else "T-7F3K-92QD",
        health=_HEALTH.get(variant) if kind is Kind.HEALTH_CHANGED else None,
        wait=Wait(cycle_id="cycle-1", owed_by=owed_by, start=_AT - timedelta(hours=36), due=_AT + timedelta(hours=12)) if clock else None,
        refund=Refund(amount_minor=4990, currency="EUR") if kind is Kind.REFUNDED else None,
    )


def _job(market: Market, notice: Notice, audience: Audience, story: Story) -> Job:
    handler = Audience.SUPPORT if story.kind is Kind.ESCALATED or audience is Audience.SUPPORT else Audience.SELLER
    conversation = Conversation(
        id=story.conversation_id,
        source=story.source,
        kind="ticket",
        number=story.number,
        market=market.id,
        parties=_PARTIES,
        handler=handler,
        state=_state(notice, audience, story, handler),
        order_number="4711",
        language=market.languages[0],
        at=_AT,
        root=thread_root(story.conversation_id, market.rules().domain),
    )
    recipient = party(f"{audience}-1") if audience in (Audience.BUYER, Audience.SELLER) else queue(audience, market.id)
    id = delivery_id("event-1", recipient.key, notice)
    delivery = Delivery(
        id=id,
        event_id="event-1",
        conversation_id=story.conversation_id,
        correlation_id="event-1",
        source=story.source,
        market=market.id,
        notice=notice,
        audience=audience,
        recipient=recipient,
        language=market.languages[0],
        message_id=message_id(id, market.rules().domain),
        story=story,
        created=_AT,
        due=_AT,
    )
    expected = story.wait.due if story.wait else _AT + timedelta(hours=48) if conversation.owes else None
    is_known = not notice.about_a_seller
    return Job(
        delivery=delivery,
        address=f"{audience}@people.example",
        time_zone=None,
        recipient_name={Audience.BUYER: "Anna König", Audience.SELLER: "Jonas Brandt"}.get(audience),
        seller_name="Nordlicht Fahrräder",
        buyer_name="Anna König",
        conversation=conversation if is_known else None,
        expected=expected if notice.names_the_answer else None,
        at=_AT,
    )


def _state(notice: Notice, audience: Audience, story: Story, handler: Audience) -> str:
    if notice in _CLOSED:
        return "final" if story.variant == "final" else "closed"
    if audience in (Audience.BUYER, Audience.COPY) and notice in _ANSWERED:
        return "awaiting_buyer"
    return _AWAITING[handler]


def _about_a_product(job: Job) -> Job:
    """The same in an inquiry of a guest whom nobody knows by name, with no time to name."""
    assert job.conversation is not None
    story = replace(job.delivery.story, source="/inquiries", number="I-3M8X-51ZP")
    parties = replace(_PARTIES, guest=True)
    kind = "store_inquiry" if job.delivery.notice is Notice.MESSAGE else "product_inquiry"
    conversation = replace(job.conversation, source=story.source, kind=kind, number=story.number, parties=parties, order_number=None)
    delivery = replace(job.delivery, source=story.source, story=story)
    return replace(job, delivery=delivery, conversation=conversation, recipient_name=None, seller_name=None, buyer_name=None, expected=None)


def _folded(job: Job) -> Job:
    """The same with two more deliveries in it."""
    later = [replace(job.delivery.story, at=_AT + timedelta(minutes=minute), number=f"T-7F3K-92Q{minute}") for minute in (1, 2)]
    return replace(job, delivery=replace(job.delivery, folded=tuple(later), folds=2))
