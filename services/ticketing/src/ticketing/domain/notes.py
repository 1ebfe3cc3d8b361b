"""Notes on an order: what they are about, and the thread of those that answer nobody."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.people import Actor
from parley_conversation.domain.standing import About
from parley_conversation.domain.words import Category, Kind, Role, State

from ticketing.domain.orders import Order

PROBLEM_TYPE = "order_note"
"""That of an order thread, in which nobody named a problem."""

_NAMESPACE = UUID("5f1c7a52-6a0e-4c1b-9d51-0b8f0c6b7a11")


class Topic(StrEnum):
    """What a note is about."""

    ORDER_CONFIRMATION = "order_confirmation"
    SHIPPING = "shipping"
    INVOICE = "invoice"
    DELIVERY_DATE = "delivery_date"
    AVAILABILITY = "availability"
    PRODUCT = "product"
    RETURN = "return"
    OTHER = "other"


def thread_id(order_id: str, seller_id: str) -> str:
    """The id of an order's thread with one of its shops: the same, whoever asks for it."""
    return str(uuid5(uuid5(_NAMESPACE, order_id), seller_id))


def order_thread(order: Order, seller_id: str, *, language: str, at: datetime, first_event_id: str, after: int) -> Conversation:
    """That thread before its first note. Nobody has asked, so nobody waits, and it stands in no list.

    ``after`` is the last sequence of the one that was removed, if there was one.
    """
    return Conversation(
        id=thread_id(order.id, seller_id),
        kind=Kind.TICKET,
        category=Category.CUSTOMER_SERVICE,
        problem_type=PROBLEM_TYPE,
        market=order.market,
        buyer=Actor(order.buyer_id, Role.BUYER),
        seller_id=seller_id,
        about=About(order_id=order.id, order_number=order.number, line_ids=tuple(line.id for line in order.lines_of(seller_id))),
        language=language,
        opened_at=at,
        first_event_id=first_event_id,
        state=State.AWAITING_BUYER,
        since=at,
        changed_at=at,
        sequence=after,
        buyer_wrote_at=None,
    )
