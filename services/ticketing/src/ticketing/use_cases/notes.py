"""Notes on an order: writing one, and reading an order with those that one may read."""

from dataclasses import dataclass

from parley_conversation.domain.cells import Command
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.history import reading_of
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.refusals import Erased, RoleNotAllowed
from parley_conversation.domain.rules import decide
from parley_conversation.domain.visibility import may_read
from parley_conversation.domain.words import Role, Visibility
from parley_conversation.ports import HistoryPlace, Posted
from parley_conversation.use_cases.commands import end, written
from parley_conversation.use_cases.entering import Asked, Seat, act
from parley_conversation.use_cases.reading import HistoryPage, history_for

from ticketing.domain.notes import Topic, order_thread, thread_id
from ticketing.domain.orders import Order
from ticketing.domain.refusals import OrderNotFound, ShopNeeded, TopicReserved
from ticketing.ports import TicketingTransaction
from ticketing.use_cases.orders import OrderFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNote:
    """What a shop writes on an order. Only somebody with several shops in it says for which."""

    text: str
    topic: Topic
    to_customer: bool
    seller_id: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A note, and the ticket in which it stands."""

    posted: Posted
    ticket: Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """An order as somebody sees it."""

    facts: OrderFacts
    notes: tuple[Note, ...]
    tickets: tuple[Conversation, ...]
    """Those about it that the reader sees, its threads too."""
    reader: Actor
    copy_address: str | None
    """Where a copy goes of what a shop must write to the buyer elsewhere."""


async def add_note(tx: TicketingTransaction, order_id: str, asked: Asked, *, new: NewNote) -> Seat:
    """Write on an order: in the ticket whose buyer has waited longest for this shop, else in the order's thread with it."""
    order = await check_noter(tx, order_id, asked.person)
    ticket = await _place_of(tx, order, _shop_of(order, asked.person, new.seller_id), asked)
    seat = Seat(ticket, Actor(asked.person.party_id, Role.SELLER))
    how = await act(tx, seat, ids=asked.event_ids)
    # Before the topic is looked at: a conflict comes before what is wrong with the request.
    decide(Command.ORDER_NOTE_TO_CUSTOMER if new.to_customer else Command.PRIVATE_ORDER_NOTE, ticket, how)
    if new.to_customer and not ticket.buyer_waits and new.topic in tx.markets[order.market].reserved_topics:
        raise TopicReserved
    visibility = Visibility.PUBLIC if new.to_customer else Visibility.INTERNAL
    message = await written(tx, asked, seat, new.text, (), visibility, topic=new.topic.value)
    return end(tx, asked, seat, ticket.add_order_note(message, how))


async def check_noter(tx: TicketingTransaction, order_id: str, person: Person) -> Order:
    """The order, for a shop that sold of it."""
    order, role = await _come_to(tx, order_id, person)
    if role is not Role.SELLER:
        raise RoleNotAllowed
    return order


async def look_at_order(tx: TicketingTransaction, order_id: str, person: Person) -> OrderSeen:
    """An order with the notes that this person may read: its buyer, a shop of it, or support.

    A look of support's is in the order's own history, and in that of each ticket of which it shows something.
    """
    order, role = await _come_to(tx, order_id, person)
    reader = Actor(person.party_id, role)
    shops = order.sellers & person.seller_ids if role is Role.SELLER else order.sellers
    tickets = [each for each in await tx.tickets.of_order(order.id, shops) if _shows(each, role)]
    await tx.messages.load([each.id for each in tickets])
    notes = [Note(posted, each) for each in tickets for posted in await tx.messages.of(each.id) if posted.message.topic]
    if role is Role.SUPPORT:
        for id in (order.id, *(each.id for each in tickets)):
            tx.history.add(reading_of(id, reader, tx.now))
    return OrderSeen(
        facts=OrderFacts(order=order, lines=tuple(each for each in order.lines if each.seller_id in shops), shows_address=not role.asks),
        notes=tuple(sorted((note for note in notes if may_read(note.posted.message, role)), key=lambda note: note.posted.at)),
        tickets=tuple(tickets),
        reader=reader,
        copy_address=tx.markets[order.market].copy_address if role is Role.SELLER else None,
    )


async def history_of_order(
    tx: TicketingTransaction, order_id: str, person: Person, *, after: HistoryPlace | None, limit: int
) -> HistoryPage:
    """Which of support read an order, for support; what was done about it is in the history of its tickets."""
    order, role = await _come_to(tx, order_id, person)
    if role.asks:
        raise RoleNotAllowed
    if role is Role.SUPPORT:
        tx.history.add(reading_of(order.id, Actor(person.party_id, role), tx.now))
    return await history_for(tx, order.id, role, after=after, limit=limit)


async def _come_to(tx: TicketingTransaction, order_id: str, person: Person) -> tuple[Order, Role]:
    """The order, and what the person is in it; else OrderNotFound: the same as for one that does not exist."""
    if person.link is not None:
        raise RoleNotAllowed
    order = await tx.orders.get(order_id)
    if order is None:
        raise OrderNotFound
    if person.asks and order.buyer_id == person.party_id:
        return order, Role.BUYER
    if order.sellers & person.seller_ids:
        return order, Role.SELLER
    if order.market in person.markets:
        return order, Role.SUPPORT
    raise OrderNotFound


def _shows(ticket: Conversation, role: Role) -> bool:
    if role is Role.SELLER:
        return not ticket.routed_only
    return role is Role.SUPPORT or ticket.buyer_sees


def _shop_of(order: Order, person: Person, named: str | None) -> str:
    shops = order.sellers & person.seller_ids
    if named in shops:
        return named
    if named is None and len(shops) == 1:
        return next(iter(shops))
    raise ShopNeeded


async def _place_of(tx: TicketingTransaction, order: Order, seller_id: str, asked: Asked) -> Conversation:
    tickets = [each for each in await tx.tickets.of_order(order.id, {seller_id}) if not each.routed_only]
    if waiting := [(each.waits_since, each.id, each) for each in tickets if each.waits_since]:
        return min(waiting)[2]
    id = thread_id(order.id, seller_id)
    thread = await tx.conversations.get(id)
    if thread is not None:
        return thread
    if await tx.parties.is_erased(order.buyer_id):
        raise Erased
    await tx.orders.claim(order.id)  # an erasure of its buyer at the same moment must see the thread
    language = tx.markets[order.market].language_of(await tx.parties.get(order.buyer_id))
    after = await tx.traces.last_sequence(id)
    return order_thread(order, seller_id, language=language, at=tx.now, first_event_id=asked.event_ids[0], after=after)
