"""What the use cases are told by the settings: markets, and the spans of time that somebody may choose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.domain.words import Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """A market, as far as mails care. ``domain`` is the one of its sender: Message-IDs end with it.

    ``queues`` are its own addresses; one that wants no copies has none for them.
    """

    id: str
    language: str
    domain: str
    queues: Mapping[Audience, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """``answer_hold`` is how long a mail waits for the clock to say until when an answer is expected."""

    markets: Mapping[str, MarketRules]
    language: Callable[[Sequence[str | None]], str]
    mail_from: datetime | None = None
    answer_hold: timedelta = timedelta(seconds=1)
    group_window: timedelta = timedelta(seconds=30)
    claim_lease: timedelta = timedelta(seconds=90)
    dot_lease: timedelta = timedelta(seconds=720)
