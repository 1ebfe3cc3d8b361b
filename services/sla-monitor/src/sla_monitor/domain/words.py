"""The words of the response clock: sides, roles, outcomes, reasons."""

from enum import StrEnum


class Side(StrEnum):
    """A side that can owe an answer."""

    SELLER = "seller"
    SUPPORT = "support"


class Role(StrEnum):
    """Who did something in a conversation."""

    BUYER = "buyer"
    GUEST = "guest"
    SELLER = "seller"
    SUPPORT = "support"
    SYSTEM = "system"
    OTHER = "other"

    @property
    def waits(self) -> bool:
        """Whether this is the buyer's side."""
        return self in (Role.BUYER, Role.GUEST)

    @property
    def side(self) -> Side | None:
        """The side that this role answers for."""
        return Side(self.value) if self in (Role.SELLER, Role.SUPPORT) else None


class Category(StrEnum):
    """What a conversation is about, as far as a policy can be for it alone."""

    PRE_PURCHASE = "pre_purchase"
    POST_PURCHASE = "post_purchase"
    CUSTOMER_SERVICE = "customer_service"


class HandOver(StrEnum):
    """Why support took over."""

    APPEAL = "appeal"
    OVERDUE = "overdue"
    ROUTING = "routing"
    SUPPORT = "support"
    OTHER = "other"


class Outcome(StrEnum):
    """How a cycle ended."""

    MET = "met"
    LATE = "late"
    MISSED = "missed"
    WAIVED = "waived"
    WITHDRAWN = "withdrawn"
    CLOSED_WITHOUT_REPLY = "closed_without_reply"
    HANDED_OVER = "handed_over"
    VOIDED = "voided"
    EXCUSED = "excused"


class Retraction(StrEnum):
    """Why an overdue fact was taken back."""

    ANSWERED_IN_TIME = "answered_in_time"
    VOIDED = "voided"
    EXCUSED = "excused"
