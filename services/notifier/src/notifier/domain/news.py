"""News: what an event of the log says, as far as mails care."""

from dataclasses import dataclass
from datetime import datetime

from notifier.domain.words import Audience, Author, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One unbroken wait for an answer, as the response clock tells of it."""

    cycle_id: str
    owed_by: Audience
    start: datetime
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money that was asked for, in the currency's minor unit."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A seller's figures in per cent, where they are known, and what would make them better, if they got worse."""

    days: int
    late_rate: float | None = None
    csat: float | None = None
    improved: bool = False
    late_below: float | None = None
    csat_above: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who takes part in a conversation, and who of each side has it."""

    buyer_id: str
    seller_id: str
    guest: bool = False
    assignee_id: str | None = None
    agent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One event. ``variant`` is the reason or visibility that the table tells apart, ``concerns`` the one person it is about.

    ``trace`` is where the work on it stands in a trace: this hop and the first one. It is passed on, and nothing is decided by it.
    """

    event_id: str
    kind: Kind
    variant: str = ""
    author: Author
    actor_id: str
    at: datetime
    conversation_id: str
    correlation_id: str
    source: str
    market: str
    number: str
    parties: Parties
    handler: Audience | None = None
    concerns: str | None = None
    imported: bool = False
    wait: Wait | None = None
    refund: Refund | None = None
    health: Health | None = None
    trace: tuple[str, str] | None = None
