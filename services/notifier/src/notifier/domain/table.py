"""Who gets which mail: one row for each (event, reason or visibility, author), one column for each audience."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from notifier.domain.words import Audience, Author, Kind, Notice


class Condition(StrEnum):
    """When a cell holds."""

    ALWAYS = "always"
    HANDLER = "handler"


class To(StrEnum):
    """Whom of the audience a cell means: whoever stands for the side, or the one person that the event is about."""

    SIDE = "side"
    CONCERNED = "concerned"


@dataclass(frozen=True, slots=True)
class Cell:
    """One mail to one audience."""

    notice: Notice
    condition: Condition = Condition.ALWAYS
    to: To = To.SIDE


def h(notice: Notice) -> Cell:
    """Only if that side is the handler."""
    return Cell(notice, Condition.HANDLER)


def concerned(notice: Notice) -> Cell:
    """Only the person that the event is about: a message's author, a link's holder, an assignee."""
    return Cell(notice, to=To.CONCERNED)


def mail(notice: Notice) -> Cell:
    """Whoever stands for the side."""
    return Cell(notice)


def twin(notice: Notice) -> Mapping[Audience, Cell]:
    """A mail to the buyer that a seller caused, and its copy for the marketplace."""
    return {Audience.BUYER: mail(notice), Audience.COPY: mail(notice)}


@dataclass(frozen=True, slots=True)
class Row:
    """One row. Combinations that no row names are told to nobody."""

    kind: Kind
    variants: tuple[str, ...]
    authors: tuple[Author, ...]
    cells: Mapping[Audience, Cell] = field(default_factory=dict)


ANY = tuple(Author)
PEOPLE = (Author.BUYER, Author.SELLER, Author.SUPPORT)
BUYER, SELLER, SUPPORT = (Author.BUYER,), (Author.SELLER,), (Author.SUPPORT,)
TO_BUYER, TO_SELLER, TO_SUPPORT, TO_ONCALL = Audience.BUYER, Audience.SELLER, Audience.SUPPORT, Audience.ONCALL

TABLE: tuple[Row, ...] = (
    Row(Kind.OPENED, ("",), BUYER, {TO_BUYER: mail(Notice.RECEIPT), TO_SELLER: h(Notice.OPENED)}),
    Row(Kind.REPLIED, ("public",), BUYER, {TO_SELLER: h(Notice.MESSAGE), TO_SUPPORT: h(Notice.MESSAGE)}),
    Row(Kind.REPLIED, ("public",), SELLER, {**twin(Notice.MESSAGE), TO_SUPPORT: h(Notice.MESSAGE)}),
    Row(Kind.REPLIED, ("public",), SUPPORT, {TO_BUYER: mail(Notice.MESSAGE), TO_SELLER: mail(Notice.MESSAGE)}),
    Row(Kind.REPLIED, ("closing",), SELLER, {**twin(Notice.ANSWERED_AND_CLOSED), TO_SUPPORT: h(Notice.MESSAGE)}),
    Row(Kind.REPLIED, ("closing",), SUPPORT, {TO_BUYER: mail(Notice.ANSWERED_AND_CLOSED), TO_SELLER: mail(Notice.MESSAGE)}),
    Row(Kind.REPLIED, ("backstage",), SELLER, {TO_SUPPORT: h(Notice.BACKSTAGE)}),
    Row(Kind.REPLIED, ("backstage",), SUPPORT, {TO_SELLER: mail(Notice.BACKSTAGE)}),
    Row(Kind.CLOSED, ("without_reply", "final", "other"), SELLER, twin(Notice.CLOSED)),
    Row(Kind.CLOSED, ("without_reply", "final", "other"), SUPPORT, {TO_BUYER: mail(Notice.CLOSED)}),
    Row(Kind.REOPENED, ("",), BUYER, {TO_SELLER: h(Notice.REOPENED), TO_SUPPORT: h(Notice.REOPENED)}),
    Row(Kind.REOPENED, ("",), SELLER, twin(Notice.REOPENED)),
    Row(Kind.REOPENED, ("",), SUPPORT, {TO_BUYER: mail(Notice.REOPENED), TO_SELLER: mail(Notice.REOPENED)}),
    Row(
        Kind.ESCALATED,
        ("overdue",),
        ANY,
        {
            TO_BUYER: mail(Notice.SUPPORT_TAKES_OVER),
            TO_SELLER: mail(Notice.HANDED_TO_SUPPORT),
            TO_SUPPORT: mail(Notice.SUPPORT_NEEDED),
        },
    ),
    Row(Kind.ESCALATED, ("appeal",), ANY, {**twin(Notice.SUPPORT_TAKES_OVER), TO_SUPPORT: mail(Notice.SUPPORT_NEEDED)}),
    Row(Kind.ESCALATED, ("support",), ANY, {TO_SELLER: mail(Notice.HANDED_TO_SUPPORT)}),
    Row(Kind.ESCALATED, ("routing",), PEOPLE, {TO_SUPPORT: mail(Notice.SUPPORT_NEEDED)}),
    # A shop is gone, and all that it had is support's: one mail for many.
    Row(Kind.ESCALATED, ("routing",), (Author.SYSTEM,), {TO_SUPPORT: mail(Notice.SHOPS_GONE)}),
    Row(Kind.HANDED_BACK, ("support",), ANY, {TO_SELLER: mail(Notice.HANDED_BACK)}),
    Row(Kind.MESSAGE_REMOVED, ("buyer",), ANY, {TO_BUYER: concerned(Notice.MESSAGE_REMOVED)}),
    Row(Kind.MESSAGE_REMOVED, ("seller",), ANY, {TO_SELLER: concerned(Notice.MESSAGE_REMOVED)}),
    Row(Kind.NOTE_ADDED, ("to_customer",), SELLER, twin(Notice.ORDER_NOTE)),
    Row(Kind.REFUNDED, ("",), SELLER, twin(Notice.REFUND)),
    Row(Kind.REFUNDED, ("",), SUPPORT, {TO_BUYER: mail(Notice.REFUND), TO_SELLER: mail(Notice.REFUND)}),
    Row(Kind.ASSIGNED, ("seller",), ANY, {TO_SELLER: concerned(Notice.ASSIGNED)}),
    Row(Kind.ASSIGNED, ("support",), ANY, {TO_SUPPORT: concerned(Notice.ASSIGNED)}),
    Row(Kind.LINK_REQUESTED, ("buyer",), ANY, {TO_BUYER: concerned(Notice.NEW_LINK)}),
    Row(Kind.LINK_REQUESTED, ("seller",), ANY, {TO_SELLER: concerned(Notice.NEW_LINK)}),
    Row(Kind.DUE_SOON, ("seller",), ANY, {TO_SELLER: mail(Notice.DUE_SOON)}),
    Row(Kind.DUE_SOON, ("support",), ANY, {TO_SUPPORT: mail(Notice.DUE_SOON)}),
    Row(Kind.OVERDUE, ("seller_stays",), ANY, {TO_SELLER: mail(Notice.OVERDUE)}),
    Row(Kind.OVERDUE, ("support",), ANY, {TO_SUPPORT: mail(Notice.OVERDUE), TO_ONCALL: mail(Notice.ONCALL_OVERDUE)}),
    Row(
        Kind.RETRACTED, ("seller", "support"), ANY, {TO_SELLER: mail(Notice.OVERDUE_RETRACTED), TO_SUPPORT: mail(Notice.OVERDUE_RETRACTED)}
    ),
    Row(Kind.HEALTH_CHANGED, ("normal", "attention", "other"), ANY, {TO_SELLER: mail(Notice.SELLER_HEALTH)}),
    Row(Kind.HEALTH_CHANGED, ("at_risk",), ANY, {TO_SELLER: mail(Notice.SELLER_HEALTH), TO_SUPPORT: mail(Notice.SELLER_HEALTH)}),
)
"""Everything else is told to nobody: waivers, acknowledgements, ratings, private and internal notes, machines' messages, closes that a
reply, a refund, a waiver or an erasure brought with it, overdue answers that escalate, and what the response clock merely notes."""


def _by_event(rows: Iterable[Row]) -> Mapping[tuple[Kind, str, Author], Mapping[Audience, Cell]]:
    cells = {}
    for row in rows:
        for variant in row.variants:
            for author in row.authors:
                event = (row.kind, variant, author)
                if event in cells:
                    raise ValueError(f"two rows tell of {event}: take one away")
                cells[event] = row.cells
    return cells


_CELLS = _by_event(TABLE)


def told(kind: Kind, variant: str, author: Author, handler: Audience | None) -> Mapping[Audience, Cell]:
    """The mails that an event causes. A machine's message is told to nobody, whatever its visibility."""
    if author is Author.AUTOMATIC:
        return {}
    cells = _CELLS.get((kind, variant, author), {})
    return {audience: cell for audience, cell in cells.items() if cell.condition is Condition.ALWAYS or audience is handler}
