"""What inquiries hear: the response clock, and the marketplace's word about people and shops."""

from parley_chassis.mongo import Transactions
from parley_chassis.subscription import Subscription
from parley_contracts import inquiries as wire
from parley_contracts import sla
from parley_contracts.marketplace import PartyChanged
from parley_contracts.topics import PARTIES, RESPONSES
from parley_conversation.consumers import ClockFacts, Erasures, on_party_changed

from inquiries.ports import InquiriesTransaction
from inquiries.use_cases import forget_person

GROUP = "inquiries"
ERASURES = Erasures(source=wire.SOURCE, closed=wire.InquiryClosed, escalated=wire.InquiryEscalated, forget=forget_person)


def subscription(transact: Transactions[InquiriesTransaction]) -> Subscription[InquiriesTransaction]:
    """The one subscription of this service."""
    clock = ClockFacts(source=wire.SOURCE, escalated=wire.InquiryEscalated, handed_back=wire.InquiryHandedBack)
    heard = Subscription(group=GROUP, topics=[RESPONSES, PARTIES], transact=transact, prefetch=clock.prefetch)
    heard.on(sla.ResponseExpected, clock.on_response_expected)
    heard.on(sla.ResponseOverdue, clock.on_response_overdue)
    heard.on(sla.ResponseOverdueRetracted, clock.on_response_overdue_retracted)
    heard.on(PartyChanged, on_party_changed)
    heard.on_tombstone(PARTIES, ERASURES.on_party_erased)
    return heard
