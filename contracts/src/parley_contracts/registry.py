"""Event type -> model, for readers who take whatever comes."""

from collections.abc import Mapping
from types import MappingProxyType

from parley_contracts import inquiries, marketplace, notifier, sla, ticketing
from parley_contracts.envelope import Envelope, EventData
from parley_contracts.watermark import Tick, Watermark

_ALL: tuple[type[EventData], ...] = (
    *ticketing.EVENTS,
    *inquiries.EVENTS,
    *inquiries.GUEST_EVENTS,
    *sla.EVENTS,
    *notifier.EVENTS,
    *marketplace.EVENTS,
    Watermark,
    Tick,
)

MODELS: Mapping[str, type[EventData]] = MappingProxyType({model.type: model for model in _ALL})
"""Every type of the contract, the records without a subject included."""


def data_of(event: Envelope) -> EventData | None:
    """The typed data of an event; None for a tombstone or a type that this version does not know (its sequence still counts).

    Raises pydantic's ValidationError where the data is not what the type promises.
    """
    model = MODELS.get(event.type)
    return model.model_validate_json(event.value) if model is not None and event.value is not None else None
