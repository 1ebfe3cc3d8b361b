"""A board as its page shows it: one row for each conversation, every word in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from parley_chassis import formats
from parley_chassis.pages import PageMarket, Reader
from parley_chassis.pages.site import Way
from parley_chassis.texts import Translate

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.people import Person
from parley_conversation.domain.words import Category, Role, State
from parley_conversation.listing import Chosen
from parley_conversation.pages import words
from parley_conversation.pages.site import Site
from parley_conversation.pages.ways import BOARD, Boards, board_of
from parley_conversation.ports import COUNTED_UP_TO
from parley_conversation.use_cases.boards import Board


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One conversation. What is None has nothing to say."""

    id: str
    number: str
    topic: str
    category: str | None
    about: str
    whom: str
    beside: str | None
    """The shop of it, and the market, for who sees those of several."""
    moved: str
    iso: str
    due: str | None
    left: str | None
    late: bool
    state: str
    state_word: str
    mine: bool
    """Whether its reader has taken it on, or it was assigned to them."""
    action: str
    awaited: bool
    """Whether it is the reader's answer that it waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One of the lists of a board, with how many stand in it."""

    way: Way
    number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the template fills in."""

    title: str
    tabs: tuple[Tab, ...]
    categories: tuple[Way, ...]
    rows: tuple[Row, ...]
    whom: str
    """What the column of the other side is called."""
    following: str | None
    first: str | None
    """The way back to the beginning, from any page but that."""


def shown_of(board: Board, chosen: Chosen, site: Site, person: Person, reader: Reader, _: Translate) -> Shown:
    """The page's content."""
    page, first = board.page, board_of(person, board.role)
    # A place fits the list alone that its address names: as our links name it.
    here = chosen.model_copy(update={"role": None if first == BOARD else board.role})
    address = _Address(first, here)
    return Shown(
        title=site.boards.titles(_)[board.role],
        tabs=_tabs(board, address, _),
        categories=_categories(chosen.category, site.boards, address, _),
        rows=tuple(_row(each, board, site.markets, person, reader, _) for each in page.conversations),
        whom=_("Shop") if board.role is Role.BUYER else _("Buyer"),
        following=address.of(cursor=here.following(page.next)) if page.next else None,
        first=address.of() if chosen.cursor else None,
    )


@dataclass(frozen=True, slots=True)
class _Address:
    """The board's address with what is chosen; the place of a page belongs to one list alone."""

    board: str
    chosen: Chosen

    def of(self, **other: str | None) -> str:
        kept = self.chosen.model_dump(mode="json", exclude={"cursor", "role"}, exclude_unset=True)
        query = [part for part in (self.board.partition("?")[2], urlencode({k: v for k, v in {**kept, **other}.items() if v})) if part]
        return "?".join((BOARD, "&".join(query))) if query else BOARD


def _tabs(board: Board, address: _Address, _: Translate) -> tuple[Tab, ...]:
    """Those that wait for the reader come first. Closed for good is worth a list only where there are some."""
    counts, own = board.page.counts, board.role.side
    states = sorted(State, key=lambda each: own is None or each is not own.awaiting)
    seen = [each for each in states if each is not State.FINAL or counts[each] or board.state is each]
    found = [
        Tab(
            way=Way(words.state(_, each, board.role), address.of(state=each.value), here=each is board.state),
            number=_number(counts[each]),
        )
        for each in seen
    ]
    if board.role.side is None:
        found.insert(0, Tab(way=Way(_("All"), address.of(state=None), here=board.state is None), number=None))
    return tuple(found)


def _number(of: int) -> str:
    return f"{of}+" if of >= COUNTED_UP_TO else str(of)


def _categories(chosen: Category | None, boards: Boards, address: _Address, _: Translate) -> tuple[Way, ...]:
    if len(boards.categories) < 2:
        return ()
    known = [Way(words.category(_, each), address.of(category=each.value), here=each is chosen) for each in boards.categories]
    return (Way(_("All topics"), address.of(category=None), here=chosen is None), *known)


def _row(it: Conversation, board: Board, markets: Mapping[str, PageMarket], person: Person, reader: Reader, _: Translate) -> Row:
    now, wait, names = board.page.now, it.wait, board.page.names
    topic, category = words.problem_type(_, it), words.category(_, it.category)
    shop = names.get(it.seller_id) or _("The shop")
    late = bool(wait and wait.due and now > wait.due)
    due, left = None, None
    if wait and wait.due:
        due = reader.moment(wait.due, width="medium")
        span = formats.span(abs(wait.due - now), reader.language)
        left = (_("%(span)s overdue") if late else _("%(span)s left")) % {"span": span}
    elif wait:
        left = _("waiting for %(span)s") % {"span": formats.span(now - wait.since, reader.language)}
    return Row(
        id=it.id,
        number=it.number,
        topic=topic,
        category=category if category != topic else None,
        about=_about(it, shop, _),
        whom=shop if board.role is Role.BUYER else names.get(it.buyer.id) or _("The buyer"),
        beside=_beside(it, board.role, shop, markets, person),
        moved=reader.moment(it.changed_at, width="medium"),
        iso=it.changed_at.isoformat(timespec="seconds"),
        due=due,
        left=left,
        late=late,
        state=words.state(_, it.state, board.role),
        state_word=it.state.value,
        mine=person.party_id == {Role.SELLER: it.assignee_id, Role.SUPPORT: it.agent_id}.get(board.role),
        action=words.action(_, it.state, board.role),
        awaited=board.role.side is not None and it.state is board.role.side.awaiting,
    )


def _beside(it: Conversation, role: Role, shop: str, markets: Mapping[str, PageMarket], person: Person) -> str | None:
    several_shops = role is Role.SUPPORT or (role is Role.SELLER and len(person.seller_ids) > 1)
    market = markets[it.market].name if role is Role.SUPPORT and len(person.markets) > 1 and it.market in markets else None
    return " · ".join(part for part in (shop if several_shops else None, market) if part) or None


def _about(it: Conversation, shop: str, _: Translate) -> str:
    """The order or the product; without either, it is the shop that was asked."""
    if it.about.order_number:
        return _("Order %(number)s") % {"number": it.about.order_number}
    return it.about.product_title or _("Question to %(shop)s") % {"shop": shop}
