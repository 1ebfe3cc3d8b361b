"""An order as its pages show it: every word in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from parley_chassis import formats
from parley_chassis.pages import Reader
from parley_chassis.texts import Translate
from parley_conversation.domain.words import Visibility
from parley_conversation.pages import words as shared
from parley_conversation.pages.addresses import filled, web
from parley_conversation.pages.thread import refunded

from ticketing.domain.orders import Order, OrderLine
from ticketing.pages import words
from ticketing.use_cases.notes import Note
from ticketing.use_cases.opening import Offer
from ticketing.use_cases.orders import refund_of
from ticketing.use_cases.showing import ShownOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the order."""

    id: str
    title: str
    detail: str
    price: str
    address: str | None
    parcel: str | None
    refund: str | None


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop, and its lines."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket about the order."""

    id: str
    number: str
    topic: str
    state: str
    state_word: str
    shop: str
    opened: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteShown:
    """A note on the order, and the ticket in which it stands, if it stands in one that is listed."""

    author: str
    at: str
    iso: str
    text: str
    language: str | None
    mark: str
    aside: bool
    ticket: tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the template of an order fills in."""

    number: str
    state: str
    shops: tuple[Shop, ...]
    facts: tuple[tuple[str, str], ...]
    tickets: tuple[Ticket, ...]
    notes: tuple[NoteShown, ...]
    shop_address: str | None
    asks: bool
    copies: bool
    """Whether there is an address for copies of what is written elsewhere."""
    writes_for: tuple[tuple[str, str], ...]
    """The shops for which the reader can write a note."""
    topics: tuple[tuple[str, str], ...]


def page_of(order_id: str) -> str:
    """The path of an order's page."""
    return f"/orders/{quote(order_id, safe='')}"


def offered_lines(offer: Offer, reader: Reader, _: Translate) -> tuple[Shop, ...]:
    """What a buyer can ask about."""
    return _by_shop(offer.order, offer.order.lines, offer.names, reader, _)


def facts_of(shown: ShownOrder, reader: Reader, _: Translate) -> Facts:
    """An order's page for its reader."""
    seen, order = shown.seen, shown.seen.facts.order
    return Facts(
        number=order.number,
        state=words.order_state(_, order.state),
        shops=_by_shop(order, seen.facts.lines, shown.names, reader, _),
        facts=_facts(shown, reader, _),
        tickets=tuple(
            Ticket(
                id=each.id,
                number=each.number,
                topic=shared.problem_type(_, each),
                state=shared.state(_, each.state, seen.reader.role),
                state_word=each.state.value,
                shop=shown.names.get(each.seller_id) or _("The shop"),
                opened=reader.moment(each.opened_at, width="medium"),
            )
            for each in seen.tickets
            if each.listed
        ),
        notes=tuple(_note(each, shown, reader, _) for each in seen.notes),
        shop_address=filled(reader.market.urls.order, order_id=order.id),
        asks=seen.reader.role.asks,
        copies=seen.copy_address is not None,
        writes_for=tuple((id, shown.names.get(id) or id) for id in shown.shops),
        topics=tuple((each.value, shared.topic(_, each)) for each in shown.topics),
    )


def _by_shop(order: Order, lines: tuple[OrderLine, ...], names: Mapping[str, str], reader: Reader, _: Translate) -> tuple[Shop, ...]:
    shops = dict.fromkeys(line.seller_id for line in lines)
    return tuple(
        Shop(
            name=names.get(shop) or _("The shop"),
            lines=tuple(_line(line, order.currency, reader, _) for line in lines if line.seller_id == shop),
        )
        for shop in shops
    )


def _line(line: OrderLine, currency: str, reader: Reader, _: Translate) -> Line:
    return Line(
        id=line.id,
        title=line.title,
        detail=" · ".join(part for part in (f"{line.quantity} ×", line.variant) if part),
        price=formats.amount(line.total_minor, currency, reader.language),
        address=web(line.product_url),
        parcel=" ".join(part for part in (line.carrier, line.tracking_id) if part) or None,
        refund=refunded(refund, currency, reader, _) if (refund := refund_of(line)) else None,
    )


def _facts(shown: ShownOrder, reader: Reader, _: Translate) -> tuple[tuple[str, str], ...]:
    seen, order = shown.seen, shown.seen.facts.order
    address = order.delivery_address if seen.facts.shows_address else None
    named: tuple[tuple[str, str | None], ...] = (
        (_("Buyer"), None if seen.reader.role.asks else shown.names.get(order.buyer_id) or _("The buyer")),
        (_("Ordered"), reader.moment(order.placed_at, width="medium")),
        (_("Finished on"), reader.moment(order.completed_at, width="medium") if order.completed_at else None),
        (_("Transaction"), order.transaction_id),
        (_("Refunds until"), reader.moment(order.refund_window_ends_at, width="medium") if order.refund_window_ends_at else None),
        (_("Delivery address"), "\n".join(address.on_paper()) if address else None),
        (_("Copies go to"), seen.copy_address),
    )
    return tuple((name, value) for name, value in named if value)


def _note(note: Note, shown: ShownOrder, reader: Reader, _: Translate) -> NoteShown:
    message, mine = note.posted.message, shown.seen.reader
    public = message.visibility is Visibility.PUBLIC
    return NoteShown(
        author=shared.author(_, message.author, note.ticket, mine, dict(shown.names), reader.market.name),
        at=reader.moment(note.posted.at, width="medium"),
        iso=note.posted.at.isoformat(timespec="seconds"),
        text=_("This message was removed.") if message.removed else message.text,
        language=message.language,
        mark=_("To the customer: %(topic)s") % {"topic": shared.topic(_, message.topic or "")}
        if public
        else _("Private: the buyer does not see this"),
        aside=not public,
        ticket=(note.ticket.id, note.ticket.number) if note.ticket.listed else None,
    )
