"""The catalogue: every topic and every event type, listed once."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

PARTITIONS = 6
"""Partitions of every topic. Another number is refused everywhere; growing means a new topic version."""


class Tier(StrEnum):
    """Who may read a topic: anybody who is authenticated, or only principals with a named ACL."""

    PUBLIC = "public"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its name, what its records are about and how long they stay.

    ``retention`` is None where the topic is compacted. ``watermarks`` says that the topic carries
    ``parley.watermark.v1`` records; only topics of conversations do.
    """

    name: str
    key: str
    tier: Tier
    publisher: str
    readers: tuple[str, ...]
    retention: timedelta | None
    watermarks: bool = False

    @property
    def compacted(self) -> bool:
        return self.retention is None

    @property
    def types(self) -> tuple[str, ...]:
        """What stands on it, the records without a subject included."""
        events = (type for type, topics in EVENT_TYPES.items() if self in topics)
        return (*events, *([WATERMARK] if self.watermarks else []), *([TICK] if self.tier is Tier.RESTRICTED else []))


_SUPPORT = ("ticketing", "inquiries", "notifier")

TICKETS = Topic(
    "parley.ticketing.tickets.v1", "ticket id", Tier.PUBLIC, "ticketing", ("notifier", "sla-monitor"), timedelta(days=30), watermarks=True
)
INQUIRIES = Topic(
    "parley.inquiries.inquiries.v1",
    "inquiry id",
    Tier.PUBLIC,
    "inquiries",
    ("notifier", "sla-monitor"),
    timedelta(days=30),
    watermarks=True,
)
RESPONSES = Topic("parley.sla.responses.v1", "conversation id", Tier.PUBLIC, "sla-monitor", _SUPPORT, timedelta(days=30))
SELLERS = Topic("parley.sla.sellers.v1", "seller id", Tier.PUBLIC, "sla-monitor", ("notifier",), None)
DELIVERIES = Topic("parley.notifier.deliveries.v1", "conversation id", Tier.PUBLIC, "notifier", (), timedelta(days=7))
PARTIES = Topic("parley.marketplace.parties.v1", "party id", Tier.RESTRICTED, "marketplace", _SUPPORT, None)
ORDERS = Topic("parley.marketplace.orders.v1", "order id", Tier.RESTRICTED, "marketplace", ("ticketing",), None)
GUESTS = Topic("parley.inquiries.guests.v1", "guest's party id", Tier.RESTRICTED, "inquiries", ("notifier",), None)

TOPICS: tuple[Topic, ...] = (TICKETS, INQUIRIES, RESPONSES, SELLERS, DELIVERIES, PARTIES, ORDERS, GUESTS)

WATERMARK = "parley.watermark.v1"
TICK = "parley.tick.v1"

EVENT_TYPES: dict[str, tuple[Topic, ...]] = {
    "parley.ticket.created.v1": (TICKETS,),
    "parley.ticket.closed.v1": (TICKETS,),
    "parley.ticket.reopened.v1": (TICKETS,),
    "parley.ticket.escalated.v1": (TICKETS,),
    "parley.ticket.acknowledged.v1": (TICKETS,),
    "parley.ticket.handed_back.v1": (TICKETS,),
    "parley.ticket.rated.v1": (TICKETS,),
    "parley.ticket.assigned.v1": (TICKETS,),
    "parley.order_note.added.v1": (TICKETS,),
    "parley.refund.recorded.v1": (TICKETS,),
    "parley.inquiry.added.v1": (INQUIRIES,),
    "parley.inquiry.closed.v1": (INQUIRIES,),
    "parley.inquiry.reopened.v1": (INQUIRIES,),
    "parley.inquiry.escalated.v1": (INQUIRIES,),
    "parley.inquiry.acknowledged.v1": (INQUIRIES,),
    "parley.inquiry.handed_back.v1": (INQUIRIES,),
    "parley.inquiry.rated.v1": (INQUIRIES,),
    "parley.inquiry.assigned.v1": (INQUIRIES,),
    "parley.reply.posted.v1": (TICKETS, INQUIRIES),
    "parley.response.waived.v1": (TICKETS, INQUIRIES),
    "parley.message.removed.v1": (TICKETS, INQUIRIES),
    "parley.policy.flagged.v1": (TICKETS, INQUIRIES),
    "parley.link.requested.v1": (TICKETS, INQUIRIES),
    "parley.response.expected.v1": (RESPONSES,),
    "parley.response.due_soon.v1": (RESPONSES,),
    "parley.response.overdue.v1": (RESPONSES,),
    "parley.response.overdue_retracted.v1": (RESPONSES,),
    "parley.response.settled.v1": (RESPONSES,),
    "parley.seller_health.changed.v1": (SELLERS,),
    "parley.notification.sent.v1": (DELIVERIES,),
    "parley.notification.failed.v1": (DELIVERIES,),
    "parley.notification.suppressed.v1": (DELIVERIES,),
    "parley.party.changed.v1": (PARTIES,),
    "parley.order.changed.v1": (ORDERS,),
    "parley.guest.registered.v1": (GUESTS,),
}
"""Event type -> the topics that carry it."""
