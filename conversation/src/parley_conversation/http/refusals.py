"""Which problem a refusal of the domain becomes: its word is the problem's name."""

from collections.abc import Mapping

from parley_chassis.problems import Becomes, Problem
from parley_contracts.problems import CATALOGUE, INVALID

from parley_conversation.domain import refusals
from parley_conversation.domain.refusals import Refusal


def _invalid(refusal: refusals.Invalid) -> Problem:
    return Problem(
        INVALID,
        "Correct the fields named in `errors`.",
        errors=[{"field": f"body.{refusal.field}", "message": str(refusal), "type": "missing"}],
    )


def becomes(*classes: type[Refusal]) -> dict[type[Exception], Becomes]:
    """The table for refusals that have a word."""
    return {each: CATALOGUE[each.word] for each in classes}


REFUSALS: Mapping[type[Exception], Becomes] = {
    **becomes(
        refusals.NotFound,
        refusals.SignInNeeded,
        refusals.LinkOutdated,
        refusals.Erased,
        refusals.RoleNotAllowed,
        refusals.ContactWindowClosed,
        refusals.OwnShop,
        refusals.ChangedMeanwhile,
        refusals.IfMatchNeeded,
        refusals.Final,
        refusals.Closed,
        refusals.NotClosed,
        refusals.WithSupport,
        refusals.NotWithSupport,
        refusals.AlreadyAcknowledged,
        refusals.NothingOwed,
        refusals.Overdue,
        refusals.AnswerFirst,
        refusals.RatedForGood,
        refusals.RefundRequired,
        refusals.WrongCategory,
        refusals.WaitUnknown,
    ),
    refusals.Invalid: _invalid,
}
