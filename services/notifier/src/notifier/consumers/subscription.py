"""The notifier's one subscription: a handler for each event, each with one statement."""

from collections.abc import Sequence
from typing import Any

from parley_chassis.mongo import Transactions
from parley_chassis.records import Received, Tombstone
from parley_chassis.subscription import Subscription
from parley_contracts import inquiries, sla, ticketing
from parley_contracts.conversation import ConversationEvent
from parley_contracts.inquiries import GuestRegistered
from parley_contracts.marketplace import PartyChanged
from parley_contracts.sla import CycleEvent, SellerHealthChanged
from parley_contracts.topics import GUESTS, INQUIRIES, PARTIES, RESPONSES, SELLERS, TICKETS

from notifier.consumers.news import clock_news, conversation_news, health_news
from notifier.consumers.people import guest_of, party_of
from notifier.domain.recipients import party, side
from notifier.domain.rules import Rules
from notifier.ports import Desk, Foreseen
from notifier.use_cases.address_book import forget, know
from notifier.use_cases.hearing import hear

TOPICS = (TICKETS, INQUIRIES, RESPONSES, SELLERS, PARTIES, GUESTS)


def subscription(transact: Transactions[Any], rules: Rules, *, group: str = "notifier") -> Subscription[Desk]:
    """Everything that the notifier listens to."""

    async def on_conversation(desk: Desk, received: Received[ConversationEvent]) -> None:
        await hear(desk, rules, *conversation_news(received, rules.markets))

    async def on_clock(desk: Desk, received: Received[CycleEvent]) -> None:
        await hear(desk, rules, clock_news(received, rules.markets))

    async def on_health(desk: Desk, received: Received[SellerHealthChanged]) -> None:
        await hear(desk, rules, health_news(received, rules.markets))

    async def on_party(desk: Desk, received: Received[PartyChanged]) -> None:
        await know(desk, party_of(received))

    async def on_guest(desk: Desk, received: Received[GuestRegistered]) -> None:
        await know(desk, guest_of(received))

    async def on_erasure(desk: Desk, tombstone: Tombstone) -> None:
        await forget(desk, tombstone.subject, tombstone.time)

    heard: Subscription[Desk] = Subscription(group=group, topics=TOPICS, transact=transact, prefetch=foresee)
    conversations: set[type[Any]] = {*ticketing.EVENTS, *inquiries.EVENTS}
    for event in conversations:
        heard.on(event, on_conversation)
    cycles: tuple[type[Any], ...] = sla.CYCLE_EVENTS
    for event in cycles:
        heard.on(event, on_clock)
    heard.on(SellerHealthChanged, on_health)
    heard.on(PartyChanged, on_party)
    heard.on(GuestRegistered, on_guest)
    heard.on_tombstone(PARTIES, on_erasure)
    heard.on_tombstone(GUESTS, on_erasure)
    return heard


async def foresee(desk: Desk, batch: Sequence[Received[Any]]) -> None:
    """Read what the handlers of a batch will ask for, all at once."""
    about = [received for received in batch if isinstance(received.data, ConversationEvent | CycleEvent | SellerHealthChanged)]
    people = [received.data for received in batch if isinstance(received.data, PartyChanged | GuestRegistered)]
    named = ("buyer_id", "seller_id", "assignee_id", "agent_id")
    parties = {id for received in about for name in named if (id := getattr(received.data, name, None))}
    shops = {shop for person in people if (shop := getattr(person, "seller_id", None) or person.id)}
    await desk.foresee(
        Foreseen(
            event_ids=[received.envelope.id for received in about],
            conversation_ids=list({received.envelope.subject for received in about}),
            party_ids=[*parties, *(person.id for person in people)],
            seller_ids=list({received.data.seller_id for received in about}),
            recipient_keys=[*(party(person.id).key for person in people), *(side(shop).key for shop in shops)],
        )
    )
