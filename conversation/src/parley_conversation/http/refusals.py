"""Which problem a refusal of the domain becomes: its word is the problem's name."""

from collections.abc import Mapping
from math import ceil

from parley_chassis.problems import Becomes, Problem
from parley_contracts.problems import CATALOGUE, CONTENT_REFUSED, INVALID, MEDIA_TYPE, TOO_LARGE, TOO_MANY

from parley_conversation.domain import refusals
from parley_conversation.domain.refusals import Refusal
from parley_conversation.domain.words import Violation
from parley_conversation.drawing import NotAnImage, TooManyPixels


def _invalid(refusal: refusals.Invalid) -> Problem:
    return Problem(
        INVALID,
        "Correct the fields named in `errors`.",
        errors=[{"field": f"body.{refusal.field}", "message": str(refusal), "type": "missing"}],
    )


def _refused(refusal: refusals.ContentRefused) -> Problem:
    found = {
        Violation.CONTACT_DETAILS: "has an e-mail address or a telephone number",
        Violation.LINKS: "has an address on the web that is not the marketplace's",
        Violation.ADVERTISING: "has words that advertise",
    }
    errors = [{"field": f"body.{refusal.field}", "message": found[each], "type": each.value} for each in refusal.violations]
    return Problem(CONTENT_REFUSED, str(refusal), errors=errors)


def _too_often(refusal: refusals.TooOften) -> Problem:
    return Problem(TOO_MANY, str(refusal), headers={"retry-after": str(ceil(refusal.wait.total_seconds()))})


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
        refusals.TooManyUnused,
    ),
    NotAnImage: MEDIA_TYPE,
    TooManyPixels: TOO_LARGE,
    refusals.ContentRefused: _refused,
    refusals.TooOften: _too_often,
    refusals.Invalid: _invalid,
}
