"""What the rules say no to: one class each, the docstring is the message, ``word`` is the problem's name."""

from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

from parley_conversation.domain.words import Violation


class Refusal(Exception):
    """The rules do not allow this."""

    word: ClassVar[str]

    def __str__(self) -> str:
        return (type(self).__doc__ or "").strip()


class NotFound(Refusal):
    """There is no such conversation, or you may not see it."""

    word = "not-found"


class SignInNeeded(Refusal):
    """This link does not open the conversation. Please sign in."""

    word = "sign-in-needed"


class Erased(Refusal):
    """This was erased with the person who asked, and nothing of it is left to read."""

    word = "erased"


class LinkOutdated(Refusal):
    """This link is no longer valid. Please sign in, or ask for a new link."""

    word = "link-expired"


class Forbidden(Refusal):
    """You may see this and may not do it."""


class RoleNotAllowed(Forbidden):
    """Your role may not do this. Ask the other side, or sign in as somebody who may."""

    word = "role-not-allowed"


class ContactWindowClosed(Forbidden):
    """You may write to this buyer only about an open or recent order, or to answer a question. Wait until the buyer writes."""

    word = "contact-window-closed"


class OwnShop(Forbidden):
    """You belong to this shop. Write from the account of a buyer."""

    word = "own-shop"


class ChangedMeanwhile(Refusal):
    """The conversation has changed since you read it. Read it again, then decide."""

    word = "changed-meanwhile"


class IfMatchNeeded(Refusal):
    """This command needs If-Match with the ETag of the conversation as you read it."""

    word = "if-match-needed"


class Conflict(Refusal):
    """The conversation is in a state in which this is not possible."""


class Final(Conflict):
    """The conversation is final. Start a new one."""

    word = "final"


class Closed(Conflict):
    """The conversation is closed. Reopen it first."""

    word = "closed"


class NotClosed(Conflict):
    """The conversation is not closed."""

    word = "not-closed"


class WithSupport(Conflict):
    """The conversation is with the marketplace's support. Write backstage to reach them."""

    word = "with-support"


class NotWithSupport(Conflict):
    """The conversation is not with the marketplace's support. Take it over first."""

    word = "not-with-support"


class AlreadyAcknowledged(Conflict):
    """Another agent of support has this conversation. Take it over if you should have it."""

    word = "already-acknowledged"


class NothingOwed(Conflict):
    """Nobody owes an answer in this conversation."""

    word = "nothing-owed"


class Overdue(Conflict):
    """The answer is overdue. Only an answer ends the wait now."""

    word = "overdue"


class AnswerFirst(Conflict):
    """Your side has not answered in this conversation yet. Answer once before you say that no answer is needed."""

    word = "answer-first"


class RefundRequired(Conflict):
    """In this market a ticket after the purchase is closed by a refund alone. Reply without closing, or refund."""

    word = "refund-required"


class WrongCategory(Conflict):
    """Only a ticket after the purchase can be refunded."""

    word = "wrong-category"


class RatedForGood(Conflict):
    """A rating can be changed for 14 days. Reopen the conversation if something is still open."""

    word = "rated-for-good"


class WaitUnknown(Refusal):
    """The time by which an answer is due is not known yet. Try again in a few seconds."""

    word = "unavailable"


class ContentRefused(Refusal):
    """This market does not let a shop write that to a buyer. Take out what is named in `errors`, then send it again."""

    word = "content-refused"

    def __init__(self, violations: Iterable[Violation], *, field: str = "text") -> None:
        super().__init__()
        self.violations = tuple(violations)
        self.field = field


class Invalid(Refusal):
    """Something that this command needs is missing or wrong."""

    word = "invalid"
    field: ClassVar[str]


class ReasonNeeded(Invalid):
    """Give a reason from the list."""

    field = "reason"


class NotOfYourSide(Invalid):
    """Name somebody of your own side, or nobody."""

    field = "assignee_id"


class ImageUnknown(Invalid):
    """Name images that you uploaded within the last day and that no message has yet; upload the others again."""

    field = "attachments"


class OwnerNeeded(Invalid):
    """Name one of your shops (`seller_id`) or one of your markets (`market`)."""

    field = "seller_id"


class TooManyTemplates(Invalid):
    """There are as many as can be kept. Remove one that nobody uses, then keep this one."""

    field = "title"


class TooManyUnused(Refusal):
    """You have uploaded many images that no message has. Send messages with them, or wait: what is unused goes after a day."""

    word = "too-many"


class TooOften(Refusal):
    """You have written very often within the last hour. Wait a while, then send it again."""

    word = "too-many"

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


class MessageNeeded(Invalid):
    """Write a message: it is the answer with which the conversation goes on."""

    field = "text"
