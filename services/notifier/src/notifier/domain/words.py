"""The words of the notifier: notices, audiences, kinds of news, states of a delivery."""

from enum import StrEnum


class Audience(StrEnum):
    """Who reads a mail; a column of the table."""

    BUYER = "buyer"
    SELLER = "seller"
    SUPPORT = "support"
    ONCALL = "oncall"
    COPY = "copy"
    """The marketplace's own address for twins of what a seller causes to be mailed to a buyer."""


class Author(StrEnum):
    """Who caused the news. A machine's message is of nobody: it is told to nobody."""

    BUYER = "buyer"
    SELLER = "seller"
    SUPPORT = "support"
    SYSTEM = "system"
    AUTOMATIC = "automatic"


class Kind(StrEnum):
    """What happened; tickets and inquiries are the same here."""

    OPENED = "opened"
    REPLIED = "replied"
    CLOSED = "closed"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    HANDED_BACK = "handed_back"
    ACKNOWLEDGED = "acknowledged"
    WAIVED = "waived"
    MESSAGE_REMOVED = "message_removed"
    NOTE_ADDED = "note_added"
    REFUNDED = "refunded"
    FLAGGED = "flagged"
    RATED = "rated"
    ASSIGNED = "assigned"
    LINK_REQUESTED = "link_requested"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    RETRACTED = "retracted"
    EXPECTED = "expected"
    SETTLED = "settled"
    HEALTH_CHANGED = "health_changed"


class Notice(StrEnum):
    """A kind of mail: one folder of templates."""

    RECEIPT = "receipt"
    OPENED = "opened"
    MESSAGE = "message"
    ANSWERED_AND_CLOSED = "answered_and_closed"
    BACKSTAGE = "backstage"
    CLOSED = "closed"
    REOPENED = "reopened"
    SUPPORT_TAKES_OVER = "support_takes_over"
    HANDED_TO_SUPPORT = "handed_to_support"
    SUPPORT_NEEDED = "support_needed"
    HANDED_BACK = "handed_back"
    ASSIGNED = "assigned"
    MESSAGE_REMOVED = "message_removed"
    ORDER_NOTE = "order_note"
    REFUND = "refund"
    NEW_LINK = "new_link"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    OVERDUE_RETRACTED = "overdue_retracted"
    ONCALL_OVERDUE = "oncall_overdue"
    SELLER_HEALTH = "seller_health"
    SHOPS_GONE = "shops_gone"

    @property
    def grouped(self) -> bool:
        """Whether one mail tells of several conversations."""
        return self in (Notice.ONCALL_OVERDUE, Notice.SHOPS_GONE)

    @property
    def about_a_seller(self) -> bool:
        """Whether it is about a seller as such and no conversation: the seller's id stands for the conversation's."""
        return self is Notice.SELLER_HEALTH

    @property
    def asked_for(self) -> bool:
        """Whether the recipient asked for this very mail; it comes even to those who want no mail, and to its own author."""
        return self is Notice.NEW_LINK

    @property
    def names_the_answer(self) -> bool:
        """Whether the mail says until when an answer is expected, if one is."""
        return self in _NAME_THE_ANSWER

    @property
    def to_its_author(self) -> bool:
        """Whether the one who caused the news is told of it."""
        return self in (Notice.RECEIPT, Notice.NEW_LINK)


_NAME_THE_ANSWER = frozenset(
    {
        Notice.RECEIPT,
        Notice.OPENED,
        Notice.MESSAGE,
        Notice.REOPENED,
        Notice.SUPPORT_TAKES_OVER,
        Notice.SUPPORT_NEEDED,
        Notice.HANDED_BACK,
        Notice.ASSIGNED,
        Notice.DUE_SOON,
        Notice.OVERDUE,
    }
)


class State(StrEnum):
    """Where a delivery stands; the first five still have a due time."""

    PENDING = "pending"
    CLAIMED = "claimed"
    DOT = "dot"
    RETRY = "retry"
    AMBIGUOUS = "ambiguous"

    SENT = "sent"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_address"
    OBSOLETE = "obsolete"
    FOLDED = "folded"
    UNCONFIRMED = "unconfirmed"
    ERASED = "erased"

    @property
    def terminal(self) -> bool:
        return self not in (State.PENDING, State.CLAIMED, State.DOT, State.RETRY, State.AMBIGUOUS)
