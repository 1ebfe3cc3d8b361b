"""What only a ticket can be refused for; the docstring is the message."""

from collections.abc import Sequence
from typing import ClassVar

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.refusals import Conflict, Forbidden, Invalid, Refusal

from ticketing.domain.marketplace import Word


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


class TopicReserved(Refusal):
    """The marketplace itself writes to the buyer about this topic. Choose another one, or leave it to the marketplace."""

    word = "topic-reserved"


class ShopNeeded(Invalid):
    """Name one of your shops that sold of this order."""

    field: ClassVar[str] = "seller_id"


class AlreadyRefunded(Invalid):
    """A refund of this line was asked for already. Take only lines without one."""

    field: ClassVar[str] = "line_ids"


class LinesUnknown(Invalid):
    """The order has no such line. Take the ids from the order."""

    field: ClassVar[str] = "line_ids"


class OrderUnknown(Invalid):
    """This order is not known here. Tell the order first, then its tickets."""

    field: ClassVar[str] = "order_id"


class NotTheirOrder(Invalid):
    """The order is another buyer's. Take the buyer from the order."""

    field: ClassVar[str] = "buyer_id"


class OlderThanKnown(Conflict):
    """Something newer is known already; nothing was changed. Send the present state with its own time, or without one."""

    word = "older-than-known"


class MarketUnknown(Invalid):
    """No market file has this id. Name one of the markets, or add its file."""

    field: ClassVar[str] = "market"


class TimeAhead(Invalid):
    """This time lies ahead. Set the clock right, or leave the time out: then it is now."""

    field: ClassVar[str] = "time"


class NotTaken(Refusal):
    """What the marketplace said has faults, and nothing of it was taken."""

    word = "invalid"

    def __init__(self, faults: Sequence[tuple[Word, Invalid]]) -> None:
        super().__init__()
        self.faults = tuple(faults)
