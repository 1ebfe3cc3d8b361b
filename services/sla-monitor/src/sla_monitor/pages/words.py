"""The words of the response clock on its pages."""

from parley_chassis.texts import Translate

from sla_monitor.domain.responses import Response, Standing
from sla_monitor.domain.words import Category, Outcome, Retraction, Side


def side(_: Translate, of: Side) -> str:
    return {Side.SELLER: _("the seller"), Side.SUPPORT: _("support")}[of]


def category(_: Translate, of: str) -> str:
    """What is no word of ours stays as it came."""
    return {
        Category.PRE_PURCHASE.value: _("before the purchase"),
        Category.POST_PURCHASE.value: _("after the purchase"),
        Category.CUSTOMER_SERVICE.value: _("customer service"),
    }.get(of, of)


def state(_: Translate, response: Response) -> str:
    """Where a wait stands, or how it ended."""
    if response.settled:
        return outcome(_, response.settled.outcome)
    return {Standing.OPEN: _("open"), Standing.DUE_SOON: _("due soon"), Standing.OVERDUE: _("overdue")}[response.standing]


def outcome(_: Translate, of: Outcome) -> str:
    return {
        Outcome.MET: _("answered in time"),
        Outcome.LATE: _("answered late"),
        Outcome.MISSED: _("missed"),
        Outcome.WAIVED: _("no answer needed"),
        Outcome.WITHDRAWN: _("withdrawn by the buyer"),
        Outcome.CLOSED_WITHOUT_REPLY: _("closed without an answer"),
        Outcome.HANDED_OVER: _("handed over"),
        Outcome.VOIDED: _("void"),
        Outcome.EXCUSED: _("excused"),
    }[of]


def retraction(_: Translate, of: Retraction) -> str:
    return {
        Retraction.ANSWERED_IN_TIME: _("an answer had come in time"),
        Retraction.VOIDED: _("void"),
        Retraction.EXCUSED: _("excused"),
    }[of]
