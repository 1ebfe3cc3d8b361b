"""The ways between the pages of one service: its boards, and the reply templates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from parley_chassis.pages.site import Way
from parley_chassis.texts import Translate

from parley_conversation.domain.people import Person
from parley_conversation.domain.templates import owners_of
from parley_conversation.domain.words import Category, Role
from parley_conversation.use_cases.reading import scopes_of

BOARD = "/board"
TEMPLATES = "/reply-templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boards:
    """What the boards of one service are called for each role, and which categories can stand on them."""

    titles: Callable[[Translate], Mapping[Role, str]]
    categories: tuple[Category, ...]


TICKET_BOARDS = Boards(
    titles=lambda _: {Role.SUPPORT: _("Support queue"), Role.SELLER: _("Support board"), Role.BUYER: _("My requests")},
    categories=(Category.POST_PURCHASE, Category.CUSTOMER_SERVICE),
)
INQUIRY_BOARDS = Boards(
    titles=lambda _: {Role.SUPPORT: _("Inquiry queue"), Role.SELLER: _("Inquiry board"), Role.BUYER: _("My questions")},
    categories=(Category.PRE_PURCHASE,),
)


def ways(_: Translate, boards: Boards, person: Person, *, here: str = "") -> tuple[Way, ...]:
    """Where somebody who is signed in can go; a link opens one conversation and nothing else."""
    titles = boards.titles(_)
    found = [(titles[role], board_of(person, role)) for role in scopes_of(person)]
    if owners_of(person):
        found.append((_("Reply templates"), TEMPLATES))
    return tuple(Way(name, address, here=address == here) for name, address in found)


def board_of(person: Person, role: Role) -> str:
    """The address of somebody's board as this role; that of their first needs not to say so."""
    return BOARD if role is next(iter(scopes_of(person)), None) else f"{BOARD}?role={role.value}"
