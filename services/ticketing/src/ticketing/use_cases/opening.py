"""Opening tickets about lines of an order."""

from collections.abc import Mapping
from dataclasses import dataclass

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.images import Image
from parley_conversation.domain.messages import Message
from parley_conversation.domain.parties import Party
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.refusals import Erased, OwnShop, RoleNotAllowed
from parley_conversation.domain.rules import Act
from parley_conversation.domain.standing import About
from parley_conversation.domain.words import Category, Kind, Role
from parley_conversation.use_cases.entering import Seat, keep
from parley_conversation.use_cases.images import attached, take
from parley_conversation.use_cases.limits import count_message
from parley_conversation.use_cases.reading import names_of
from parley_conversation.use_cases.routing import goes_to_support
from parley_conversation.use_cases.showing import language_of

from ticketing.domain.orders import Order
from ticketing.domain.problems import CATEGORY, ProblemType
from ticketing.domain.refusals import AccountRequired, LinesUnknown, OrderNotFound, QuestionWindowClosed, TicketAlreadyOpen
from ticketing.ports import TicketingTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """The ids of one ticket that may be opened, made before the transaction: its own, its message's, its events'."""

    ticket: str
    message: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a buyer asks about which lines of an order. ``ids`` has enough for a ticket a line."""

    person: Person
    cause: str
    ids: tuple[Ids, ...]
    order_id: str
    line_ids: tuple[str, ...]
    problem_type: ProblemType
    text: str
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a buyer can ask about an order of theirs."""

    order: Order
    names: Mapping[str, str]
    """What its shops are called."""
    categories: frozenset[Category]
    """Those whose time is not over."""
    language: str | None


async def look_before_opening(tx: TicketingTransaction, order_id: str, person: Person) -> Offer:
    """An order for the buyer who may open tickets about it."""
    order = await _own_order(tx, order_id, person)
    market = tx.markets[order.market]
    return Offer(
        order=order,
        names=await names_of(tx, order.sellers),
        categories=frozenset(each for each in CATEGORY.values() if market.may_ask(each, order, tx.now)),
        language=await language_of(tx, person),
    )


async def open_tickets(tx: TicketingTransaction, opening: Opening) -> tuple[Seat, ...]:
    """One ticket for each seller of the marked lines, all or none."""
    order = await _own_order(tx, opening.order_id, opening.person)
    category = CATEGORY[opening.problem_type]
    if not tx.markets[order.market].may_ask(category, order, tx.now):
        raise QuestionWindowClosed
    lines = tuple(line for line in order.lines if line.id in opening.line_ids)
    sellers = tuple(dict.fromkeys(line.seller_id for line in lines))
    if opening.person.seller_ids & set(sellers):
        raise OwnShop
    await tx.orders.claim(order.id)
    for seller_id in sellers:
        if already := await tx.tickets.open_about(order.id, seller_id, category):
            raise TicketAlreadyOpen(already)
    if {line.id for line in lines} != set(opening.line_ids):
        raise LinesUnknown
    count_message(tx, order.market, Actor(opening.person.party_id, Role.BUYER), opening.ids[0].message)
    images = await attached(tx, opening.person, opening.attachments)
    buyer = await tx.parties.get(order.buyer_id)
    language = tx.markets[order.market].language_of(buyer, said=opening.person.language)
    seats = []
    for seller_id, ids in zip(sellers, opening.ids, strict=False):
        routed = await is_routed(tx, order, category, seller_id, buyer)
        taken = await take(tx, images, ids.ticket, ids.message)
        seats.append(_open(tx, opening, order, category, seller_id, ids, taken, language=language, routed=routed))
    return tuple(seats)


def check_opener(person: Person) -> None:
    """Only a buyer who is signed in opens tickets."""
    if person.link is not None:
        raise AccountRequired
    if not person.is_buyer:
        raise RoleNotAllowed


async def _own_order(tx: TicketingTransaction, order_id: str, person: Person) -> Order:
    check_opener(person)
    if await tx.parties.is_erased(person.party_id):
        raise Erased
    order = await tx.orders.get(order_id)
    if order is None or order.buyer_id != person.party_id:
        raise OrderNotFound
    buyer = await tx.parties.get(person.party_id)
    if buyer is not None and not buyer.has_account:
        raise AccountRequired
    return order


async def is_routed(tx: TicketingTransaction, order: Order, category: Category, seller_id: str, buyer: Party | None) -> bool:
    """Whether support owes the first answer to a question about this order; where the buyer lives is as the order says, if they do not."""
    country = (buyer.country if buyer else None) or order.delivery_country
    return await goes_to_support(tx, order.market, category, seller_id=seller_id, country=country, value_minor=order.value_of(seller_id))


def _open(
    tx: TicketingTransaction,
    opening: Opening,
    order: Order,
    category: Category,
    seller_id: str,
    ids: Ids,
    images: tuple[Image, ...],
    *,
    language: str,
    routed: bool,
) -> Seat:
    buyer = Actor(opening.person.party_id, Role.BUYER)
    marked = tuple(line.id for line in order.lines_of(seller_id) if line.id in opening.line_ids)
    told = Conversation.open(
        ids.ticket,
        Message(id=ids.message, author=buyer, text=opening.text, language=language, images=images),
        Act(by=buyer, at=tx.now, ids=ids.events),
        kind=Kind.TICKET,
        category=category,
        problem_type=opening.problem_type,
        market=order.market,
        seller_id=seller_id,
        about=About(order_id=order.id, order_number=order.number, line_ids=marked),
        language=language,
        routed_to_support=routed,
    )
    return Seat(keep(tx, told, opening.cause), buyer)
