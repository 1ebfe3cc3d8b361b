"""Facts as the events of this service: the only place where a fact meets the wire."""

from parley_contracts import ticketing
from parley_conversation.publishing import Wire

WIRE = Wire(
    source=ticketing.SOURCE,
    opened=ticketing.TicketCreated,
    closed=ticketing.TicketClosed,
    reopened=ticketing.TicketReopened,
    escalated=ticketing.TicketEscalated,
    acknowledged=ticketing.TicketAcknowledged,
    handed_back=ticketing.TicketHandedBack,
    rated=ticketing.TicketRated,
    assigned=ticketing.TicketAssigned,
    also_opened=lambda ticket: {"line_ids": ticket.about.line_ids},
)

published = WIRE.published
