"""What the marketplace says to the inlet, to be kept here and told on its topics."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from parley_conversation.domain.parties import Party

from ticketing.domain.orders import Order

AHEAD = timedelta(seconds=30)
"""How far the marketplace's clock may be ahead; readers of the log refuse what is more than 60 s ahead."""


class About(StrEnum):
    PARTY = "party"
    ORDER = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """How a party or an order is at a time, or, with nothing ``said``, that it is to be erased."""

    event_id: str
    about: About
    id: str
    at: datetime | None
    """None: now."""
    kept: Party | Order | None = None
    """What tickets need of it."""
    said: Mapping[str, Any] | None = field(default=None, repr=False)
    """All of it, addresses too: it stands in the outbox and on the topic, nowhere else."""
    line: int | None = None
    """Where it stood, if there were several."""

    def without(self, field: str) -> Self:
        """The same, but for one thing that is not to be told."""
        return replace(self, said=self.said and {name: value for name, value in self.said.items() if name != field})
