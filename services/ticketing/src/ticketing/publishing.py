"""Facts as the events of this service: the only place where a fact meets the wire."""

from datetime import datetime

from parley_contracts import ticketing
from parley_contracts.envelope import Envelope, EventData
from parley_contracts.marketplace import SOURCE as MARKETPLACE
from parley_contracts.marketplace import OrderChanged, PartyChanged
from parley_conversation.publishing import Wire

from ticketing.domain.marketplace import About, Word

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

_SAID: dict[About, type[EventData]] = {About.PARTY: PartyChanged, About.ORDER: OrderChanged}


def told(word: Word, at: datetime, cause: str) -> Envelope:
    """The marketplace's word as its own event; an erasure is a tombstone."""
    event = _SAID[word.about]
    if word.said is not None:
        return Envelope.of(
            event.model_validate(word.said),
            id=word.event_id,
            source=MARKETPLACE,
            subject=word.id,
            time=at,
            sequence=None,
            correlationid=word.event_id,
            causationid=cause,
        )
    return Envelope(
        id=word.event_id,
        source=MARKETPLACE,
        type=event.type,
        subject=word.id,
        time=at,
        sequence=None,
        dataschema=event.schema_id(),
        correlationid=word.event_id,
        causationid=cause,
        value=None,
    )
