"""Enumerations of the contract. They are open: a value that a reader does not know reads as ``other``."""

from enum import StrEnum


class OpenEnum(StrEnum):
    """An enumeration that may grow within a topic version."""

    @classmethod
    def _missing_(cls, value: object) -> "OpenEnum | None":
        return cls.__members__.get("OTHER") if isinstance(value, str) else None


class Role(OpenEnum):
    """Who somebody is in a conversation. A guest is the buyer of an inquiry without an account."""

    BUYER = "buyer"
    GUEST = "guest"
    SELLER = "seller"
    SUPPORT = "support"
    SYSTEM = "system"
    OTHER = "other"


class Side(OpenEnum):
    """A side that can owe an answer; the handler of a conversation is one of them."""

    SELLER = "seller"
    SUPPORT = "support"
    OTHER = "other"


class State(OpenEnum):
    """Where a conversation stands."""

    AWAITING_SELLER = "awaiting_seller"
    AWAITING_SUPPORT = "awaiting_support"
    AWAITING_BUYER = "awaiting_buyer"
    CLOSED = "closed"
    FINAL = "final"
    OTHER = "other"


class Kind(OpenEnum):
    """What a conversation is about."""

    TICKET = "ticket"
    PRODUCT_INQUIRY = "product_inquiry"
    STORE_INQUIRY = "store_inquiry"
    OTHER = "other"


class Category(OpenEnum):
    """What the buyer needs; it follows from the problem type by a table and decides who answers."""

    PRE_PURCHASE = "pre_purchase"
    POST_PURCHASE = "post_purchase"
    CUSTOMER_SERVICE = "customer_service"
    OTHER = "other"


class Visibility(OpenEnum):
    """Who may read a message: all; seller and support; the author's side. Only public ones touch the clock."""

    PUBLIC = "public"
    BACKSTAGE = "backstage"
    INTERNAL = "internal"
    OTHER = "other"


class AuthorKind(OpenEnum):
    """Whether a person wrote a message, or a machine did (which never answers anybody)."""

    PERSON = "person"
    AUTOMATIC = "automatic"
    OTHER = "other"


class CloseReason(OpenEnum):
    """Why a conversation was closed."""

    WITH_REPLY = "with_reply"
    WITHOUT_REPLY = "without_reply"
    BY_BUYER = "by_buyer"
    REFUNDED = "refunded"
    NO_RESPONSE_NEEDED = "no_response_needed"
    FINAL = "final"
    ERASED = "erased"
    OTHER = "other"


class EscalationReason(OpenEnum):
    """Why support took over."""

    APPEAL = "appeal"
    OVERDUE = "overdue"
    ROUTING = "routing"
    SUPPORT = "support"
    OTHER = "other"


class HandBackReason(OpenEnum):
    """Why the conversation went back to the seller."""

    SUPPORT = "support"
    SELLER_ANSWERED = "seller_answered"
    RETRACTED = "retracted"
    OTHER = "other"


class Violation(OpenEnum):
    """What a market's content policy found in a text."""

    CONTACT_DETAILS = "contact_details"
    LINKS = "links"
    ADVERTISING = "advertising"
    OTHER = "other"


class RemovalReason(OpenEnum):
    """Why a message was removed. Spam never waited for an answer; anything else still does."""

    SPAM = "spam"
    MODERATION = "moderation"
    OTHER = "other"
