"""The words of the domain: states, sides, roles, reasons."""

from enum import StrEnum


class State(StrEnum):
    """Where a conversation stands."""

    AWAITING_SELLER = "awaiting_seller"
    AWAITING_SUPPORT = "awaiting_support"
    AWAITING_BUYER = "awaiting_buyer"
    CLOSED = "closed"
    FINAL = "final"


class Side(StrEnum):
    """A side that can owe an answer; the handler of a conversation is one of them."""

    SELLER = "seller"
    SUPPORT = "support"

    @property
    def awaiting(self) -> State:
        """The state in which this side owes the answer."""
        return State.AWAITING_SELLER if self is Side.SELLER else State.AWAITING_SUPPORT


class Role(StrEnum):
    """Who somebody is in one conversation. A guest is the buyer of an inquiry without an account."""

    BUYER = "buyer"
    GUEST = "guest"
    SELLER = "seller"
    SUPPORT = "support"
    SYSTEM = "system"

    @property
    def side(self) -> Side | None:
        """The side that this role answers for, if any."""
        return {Role.SELLER: Side.SELLER, Role.SUPPORT: Side.SUPPORT}.get(self)

    @property
    def asks(self) -> bool:
        """Whether this is the buyer's side."""
        return self in (Role.BUYER, Role.GUEST)


class Kind(StrEnum):
    """What a conversation is about."""

    TICKET = "ticket"
    PRODUCT_INQUIRY = "product_inquiry"
    STORE_INQUIRY = "store_inquiry"


class Category(StrEnum):
    """The category follows from the problem type, which the buyer names."""

    PRE_PURCHASE = "pre_purchase"
    POST_PURCHASE = "post_purchase"
    CUSTOMER_SERVICE = "customer_service"


class Visibility(StrEnum):
    """Who may read a message: all; seller and support; the author's side."""

    PUBLIC = "public"
    BACKSTAGE = "backstage"
    INTERNAL = "internal"


class CloseReason(StrEnum):
    """What closed a conversation."""

    WITH_REPLY = "with_reply"
    WITHOUT_REPLY = "without_reply"
    BY_BUYER = "by_buyer"
    NO_RESPONSE_NEEDED = "no_response_needed"
    REFUNDED = "refunded"
    FINAL = "final"
    ERASED = "erased"


class ClosedBecause(StrEnum):
    """The reason that a seller or support gives for closing without an answer."""

    SOLVED = "solved"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    DUPLICATE = "duplicate"
    SPAM = "spam"
    CANNOT_HELP = "cannot_help"


class RemovedBecause(StrEnum):
    """Why a message is taken away. Spam never waited for an answer; anything else still does."""

    SPAM = "spam"
    MODERATION = "moderation"


class Violation(StrEnum):
    """What a seller's text to a buyer can have that belongs elsewhere."""

    CONTACT_DETAILS = "contact_details"
    LINKS = "links"
    ADVERTISING = "advertising"


class Verdict(StrEnum):
    """What a market makes of it."""

    ALLOW = "allow"
    FLAG = "flag"
    REFUSE = "refuse"


class WaivedBecause(StrEnum):
    """The reason that a side gives for owing no further answer."""

    THANKS = "thanks"
    ALREADY_ANSWERED = "already_answered"
    DUPLICATE = "duplicate"
    NOT_A_QUESTION = "not_a_question"


class EscalationReason(StrEnum):
    """Why support took over."""

    APPEAL = "appeal"
    OVERDUE = "overdue"
    ROUTING = "routing"
    SUPPORT = "support"


class HandBackReason(StrEnum):
    """Why the conversation went back to the seller."""

    SUPPORT = "support"
    SELLER_ANSWERED = "seller_answered"
    RETRACTED = "retracted"


class LinkMode(StrEnum):
    """What a direct link is good for in a market: everything its role may do by link, reading, or nothing without a sign-in."""

    ACT = "act"
    READ = "read"
    LOGIN = "login"
