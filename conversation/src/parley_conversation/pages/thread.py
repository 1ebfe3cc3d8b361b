"""A conversation as its page shows it: every word in the reader's language, nothing that the reader may not know."""

from collections.abc import Set
from dataclasses import dataclass

from parley_chassis import formats
from parley_chassis.pages import Reader
from parley_chassis.texts import Translate

from parley_conversation.domain.cells import Command
from parley_conversation.domain.images import Image
from parley_conversation.domain.messages import Message
from parley_conversation.domain.templates import ReplyTemplate
from parley_conversation.domain.words import Role, Side, Visibility
from parley_conversation.pages import words
from parley_conversation.pages.addresses import filled, web
from parley_conversation.ports import Posted
from parley_conversation.use_cases.reading import View
from parley_conversation.use_cases.showing import OrderLine, Refund, Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message."""

    id: str
    author: str
    role: str
    removed: bool
    mine: bool
    at: str
    iso: str
    text: str
    images: tuple[Image, ...]
    language: str | None
    aside: bool
    """Whether the buyer does not read it."""
    mark: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the order, or the product that was asked about."""

    title: str
    detail: str
    price: str | None = None
    address: str | None = None
    id: str = ""
    refund: str | None = None
    refundable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What the template fills in."""

    id: str
    version: int
    number: str
    title: str
    subject: str
    state: str
    state_word: str
    expected: str | None
    late: bool
    entries: tuple[Entry, ...]
    items: tuple[Item, ...]
    about: tuple[tuple[str, str], ...]
    shop_address: str | None
    order_page: str | None
    support: str
    asks: bool
    may: frozenset[Command]
    team: tuple[tuple[str, str, bool], ...]
    """To whom it can be assigned: id, name, and whether they have it."""
    templates: tuple[tuple[str, str, str | None], ...]
    """Reply templates: id, title, and in which language they are."""
    rating: str | None
    claim: Command | None
    """How an agent of support who does not have it yet makes it theirs."""


def thread_of(shown: Shown, reader: Reader, _: Translate, *, offered: Set[Command]) -> Thread:
    """The page's content."""
    view, conversation, market = shown.view, shown.view.conversation, reader.market
    expected, late = _expected(view, reader, _)
    return Thread(
        id=conversation.id,
        version=conversation.sequence,
        number=conversation.number,
        title=_title(shown, _),
        subject=words.problem_type(_, conversation),
        state=words.state(_, conversation.state, view.reader.role),
        state_word=conversation.state.value,
        expected=expected,
        late=late,
        entries=tuple(_entry(each, view, reader, _) for each in view.messages),
        items=_items(shown, reader, _),
        about=_about(shown, reader, _),
        shop_address=filled(market.urls.order, order_id=conversation.about.order_id) if conversation.about.order_id else None,
        order_page=shown.order.page if shown.order else None,
        support=words.support(_, market.name),
        asks=view.reader.role.asks,
        may=view.may & offered,
        team=_team(shown),
        templates=tuple((each.id, each.title, _language(each, reader)) for each in shown.templates),
        rating=str(conversation.rating.stars) if conversation.rating else None,
        claim=_claim(view),
    )


def _language(template: ReplyTemplate, reader: Reader) -> str | None:
    return formats.language(template.language, reader.language) if template.language else None


def _team(shown: Shown) -> tuple[tuple[str, str, bool], ...]:
    it, side = shown.view.conversation, shown.view.reader.role.side
    has_it = it.assignee_id if side is Side.SELLER else it.agent_id
    return tuple((party.id, party.display_name, party.id == has_it) for party in shown.team)


def _claim(view: View) -> Command | None:
    """One button: what nobody of support has yet is acknowledged, the rest is taken over."""
    agent = view.conversation.agent_id
    if agent is None and Command.ACKNOWLEDGE in view.may:
        return Command.ACKNOWLEDGE
    return Command.TAKE_OVER if agent != view.reader.id and Command.TAKE_OVER in view.may else None


def _title(shown: Shown, _: Translate) -> str:
    about = shown.view.conversation.about
    number = shown.order.number if shown.order else about.order_number
    if number:
        return _("Order %(number)s") % {"number": number}
    shop = shown.view.names.get(shown.view.conversation.seller_id) or _("The shop")
    return about.product_title or _("Question to %(shop)s") % {"shop": shop}


def _entry(posted: Posted, view: View, reader: Reader, _: Translate) -> Entry:
    by = posted.message.author
    return Entry(
        id=posted.message.id,
        removed=posted.message.removed is not None,
        author=words.author(_, by, view.conversation, view.reader, dict(view.names), reader.market.name),
        role="buyer" if by.role.asks else by.role.value,
        mine=by.id == view.reader.id and by.role is view.reader.role,
        at=reader.moment(posted.at, width="medium"),
        iso=posted.at.isoformat(timespec="seconds"),
        text=_("This message was removed.") if posted.message.removed else posted.message.text,
        images=posted.message.images,
        language=posted.message.language,
        aside=posted.message.visibility is not Visibility.PUBLIC,
        mark=_mark(posted.message, view, _),
    )


def _mark(message: Message, view: View, _: Translate) -> str | None:
    """What is said above a message: what kind of note it is, who does not read it, and, to support alone, what was found in it."""
    found = words.flagged(_, message.flagged) if view.reader.role is Role.SUPPORT else None
    return " · ".join(part for part in (words.note(_, message) or words.visibility(_, message.visibility), found) if part) or None


def _expected(view: View, reader: Reader, _: Translate) -> tuple[str | None, bool]:
    """Until when an answer is expected, and whether that is over."""
    wait = view.conversation.wait
    if wait is None:
        return None, False
    mine = view.reader.role.side is wait.owed_by
    shop = view.names.get(view.conversation.seller_id) or _("The shop")
    who = shop if wait.owed_by is Side.SELLER else words.support(_, reader.market.name)
    if wait.due is None:
        text = _("Your answer is awaited.") if mine else _("%(who)s has the message and will answer.") % {"who": who}
        return text, False
    when, late = reader.moment(wait.due), view.now > wait.due
    if mine and not late:
        left = formats.span(wait.due - view.now, reader.language)
        return _("Please answer by %(when)s. Time left: %(left)s.") % {"when": when, "left": left}, False
    if mine:
        return _("Your answer was due on %(when)s. Please answer now.") % {"when": when}, True
    if late:
        return _("%(who)s should have answered by %(when)s.") % {"who": who, "when": when}, True
    return _("%(who)s is expected to answer by %(when)s.") % {"who": who, "when": when}, False


def _items(shown: Shown, reader: Reader, _: Translate) -> tuple[Item, ...]:
    about = shown.view.conversation.about
    if shown.order:
        return tuple(_line(each, shown.order.currency, reader, _) for each in shown.order.lines)
    if about.product_title:
        address = about.product_url or (filled(reader.market.urls.product, product_id=about.product_id) if about.product_id else None)
        return (Item(title=about.product_title, detail="", address=web(address)),)
    return ()


def _line(line: OrderLine, currency: str, reader: Reader, _: Translate) -> Item:
    detail = " · ".join(part for part in (f"{line.quantity} ×", line.variant) if part)
    refund = refunded(line.refund, currency, reader, _) if line.refund else None
    price = formats.amount(line.price_minor * line.quantity, currency, reader.language)
    return Item(title=line.title, detail=detail, price=price, address=web(line.url), id=line.id, refund=refund, refundable=line.refundable)


def refunded(refund: Refund, currency: str, reader: Reader, _: Translate) -> str:
    """How far the refund of a line is, how much, and since when."""
    amount, when = formats.amount(refund.amount_minor, currency, reader.language), reader.moment(refund.at, width="medium")
    return _("%(state)s: %(amount)s, %(when)s") % {"state": words.refund(_, refund.state), "amount": amount, "when": when}


def _about(shown: Shown, reader: Reader, _: Translate) -> tuple[tuple[str, str], ...]:
    """The facts beside the messages, each with its name."""
    conversation, order = shown.view.conversation, shown.order
    facts = [(_("Number"), conversation.number), (_("Topic"), words.problem_type(_, conversation))]
    if shown.view.reader.role is not Role.SELLER:
        facts.append((_("Shop"), shown.view.names.get(conversation.seller_id) or _("The shop")))
    if not shown.view.reader.role.asks:
        facts.append((_("Buyer"), shown.view.names.get(conversation.buyer.id) or _("The buyer")))
    facts.append((_("Opened"), reader.moment(conversation.opened_at, width="medium")))
    if order:
        facts.append((_("Ordered"), reader.moment(order.placed_at, width="medium")))
    if order and order.transaction_id:
        facts.append((_("Transaction"), order.transaction_id))
    if order and order.delivery_address and not shown.view.reader.role.asks:
        facts.append((_("Delivery address"), "\n".join(order.delivery_address)))
    return tuple(facts)
