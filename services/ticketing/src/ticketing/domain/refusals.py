"""What only a ticket can be refused for; the docstring is the message."""

from typing import ClassVar

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.refusals import Conflict, Forbidden, Invalid, Refusal


class OrderNotFound(Refusal):
    """There is no such order of yours."""

    word = "not-found"


class AccountRequired(Forbidden):
    """A ticket needs an account: sign in, or create one with the address of your order."""

    word = "account-required"


class QuestionWindowClosed(Forbidden):
    """The time for questions about this order is over. Write to the marketplace's support."""

    word = "question-window-closed"


class TicketAlreadyOpen(Conflict):
    """There already is an open ticket about this order with this seller. Go on there."""

    word = "ticket-already-open"

    def __init__(self, ticket: Conversation) -> None:
        super().__init__()
        self.ticket = ticket


class AlreadyRefunded(Invalid):
    """A refund of this line was asked for already. Take only lines without one."""

    field: ClassVar[str] = "line_ids"


class LinesUnknown(Invalid):
    """The order has no such line. Take the ids from the order."""

    field: ClassVar[str] = "line_ids"
