"""What the words of orders are called on a page."""

from collections.abc import Collection

from parley_chassis.texts import Translate
from parley_conversation.domain.words import Category
from parley_conversation.pages import words
from parley_conversation.pages.forms import Filled

from ticketing.domain.orders import OrderState
from ticketing.domain.problems import CATEGORY, ProblemType


def problem_types(_: Translate, offered: Collection[Category]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be wrong, by category, as far as there is still time to ask."""
    return [
        (
            words.category(_, category),
            [(each.value, words.problem(_, each, category)) for each in ProblemType if CATEGORY[each] is category],
        )
        for category in dict.fromkeys(CATEGORY.values())
        if category in offered
    ]


def order_state(_: Translate, state: OrderState) -> str:
    """Where an order stands."""
    known = {OrderState.OPEN: _("Open"), OrderState.COMPLETED: _("Completed"), OrderState.CANCELLED: _("Cancelled")}
    return known.get(state, _("Under way"))


def done(_: Translate, what: str) -> str | None:
    """What was just done."""
    return {"open": _("Your tickets are open: one for each shop."), "note": _("Your note has been saved.")}.get(what)


def faults(_: Translate, filled: Filled | None, *names: str) -> dict[str, str | None]:
    """What to change, by field; None where there is nothing to change."""
    own = {
        "line_ids": _("Please tick what it is about."),
        "problem_type": _("Please choose what it is about."),
        "topic": _("Please choose a topic."),
        "to_customer": _("Please choose who reads it."),
        "seller_id": _("Please choose the shop."),
    }
    found = {name: own.get(name) or words.fault(_, fault) for name, fault in (filled.faults if filled else {}).items()}
    return {**dict.fromkeys(("text", "images", *names)), **found}
