"""Seller performance: what of a seller's waits and ratings counts in thirty whole days, and what it says about the seller."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sla_monitor.domain.words import Outcome, Side

DAYS = 30
_DAY = timedelta(days=1)
REOPENED_WITHIN = timedelta(days=7)
"""Whoever closes without a reply has not answered if the buyer comes back within this time."""

_LATE = (Outcome.LATE, Outcome.MISSED)
_UNCOUNTED = (Outcome.WAIVED, Outcome.WITHDRAWN, Outcome.VOIDED, Outcome.EXCUSED)
_SATISFIED = 4


class Health(StrEnum):
    """What the figures say about a seller, the best first."""

    NORMAL = "normal"
    ATTENTION = "attention"
    AT_RISK = "at_risk"

    @property
    def rank(self) -> int:
        return list(Health).index(self)


@dataclass(frozen=True, slots=True)
class Window:
    """Thirty whole days in UTC, of which ``day`` is the last."""

    day: date

    @property
    def end(self) -> datetime:
        return datetime.combine(self.day, time(), UTC) + _DAY

    @property
    def begin(self) -> datetime:
        return self.end - DAYS * _DAY

    def has(self, at: datetime) -> bool:
        return self.begin <= at < self.end


@dataclass(frozen=True, slots=True)
class AssessedDay:
    """A day for which all sellers were assessed, and when it was begun: what became known later was not seen."""

    day: date
    began: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A cycle that a seller owed. ``resumed`` is when the conversation's next one began, where this one was closed without a reply."""

    market: str
    due: datetime
    overdue: bool
    ended: datetime | None = None
    outcome: Outcome | None = None
    resumed: datetime | None = None

    def is_late(self, window: Window) -> bool | None:
        """Whether it counts as late, as it stood when the window ended; None where it does not count."""
        if self.ended is None or self.ended >= window.end:
            return True if self.overdue and self.due < window.end else None
        if not window.has(self.ended) or self.outcome in _UNCOUNTED:
            return None
        if self.outcome is Outcome.CLOSED_WITHOUT_REPLY:
            return self.resumed is not None and self.resumed < window.end and self.resumed <= self.ended + REOPENED_WITHIN
        return self.outcome in _LATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A buyer's rating of a conversation; a later one of the same conversation replaces it. It belongs to the side that answered last."""

    event_id: str
    conversation_id: str
    sequence: int
    seller_id: str
    market: str
    side: Side | None
    stars: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was counted."""

    waits: int = 0
    late: int = 0
    ratings: int = 0
    satisfied: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a market calls normal and at risk, in per cent, and from how many waits and ratings on a share says something.

    A seller gets worse at the limit itself, and better only ``hysteresis`` points beyond it.
    """

    late_normal_below: float = 5
    late_at_risk_above: float = 45
    csat_normal_above: float = 85
    csat_at_risk_below: float = 60
    hysteresis: float = 2
    from_waits: int = 20
    from_ratings: int = 10

    def late_rate(self, figures: Figures) -> float | None:
        """The share of late waits in per cent; None where there are too few."""
        return 100 * figures.late / figures.waits if figures.waits >= max(1, self.from_waits) else None

    def csat(self, figures: Figures) -> float | None:
        """The share of satisfied ratings in per cent; None where there are too few."""
        return 100 * figures.satisfied / figures.ratings if figures.ratings >= max(1, self.from_ratings) else None

    def judge(self, figures: Figures, before: Health) -> Health:
        """What the figures make of a seller. A share that is not known limits nothing."""
        late, csat = self.late_rate(figures), self.csat(figures)
        margin = self.hysteresis if before is Health.AT_RISK else 0
        if _above(late, self.late_at_risk_above - margin) or _below(csat, self.csat_at_risk_below + margin):
            return Health.AT_RISK
        margin = 0 if before is Health.NORMAL else self.hysteresis
        good = (late is None or late < self.late_normal_below - margin) and (csat is None or csat > self.csat_normal_above + margin)
        return Health.NORMAL if good else Health.ATTENTION


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """What would change a seller's health to ``to``.

    To something better: a late rate below and a CSAT above these. To something worse: a late rate from, or a CSAT down to, one of these
    (from and down to themselves not included where it leads to at risk).
    """

    to: Health
    late_rate: float
    csat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """How a seller stands after a day; ``since`` is the day whose end brought its health."""

    seller_id: str
    market: str = ""
    day: date | None = None
    health: Health = Health.NORMAL
    figures: Figures = Figures()
    limits: Limits = field(default_factory=Limits)
    since: date | None = None

    def way(self, *, better: bool) -> WayBack | None:
        """What would make it better, or worse, by one step."""
        limits, points = self.limits, self.limits.hysteresis if better else 0
        normal = (limits.late_normal_below - points, limits.csat_normal_above + points)
        at_risk = (limits.late_at_risk_above - points, limits.csat_at_risk_below + points)
        match self.health, better:
            case (Health.ATTENTION, True):
                return WayBack(to=Health.NORMAL, late_rate=normal[0], csat=normal[1])
            case (Health.AT_RISK, True):
                return WayBack(to=Health.ATTENTION, late_rate=at_risk[0], csat=at_risk[1])
            case (Health.NORMAL, False):
                return WayBack(to=Health.ATTENTION, late_rate=normal[0], csat=normal[1])
            case (Health.ATTENTION, False):
                return WayBack(to=Health.AT_RISK, late_rate=at_risk[0], csat=at_risk[1])
        return None


@dataclass(frozen=True, slots=True)
class Change:
    """A seller's health changed."""

    before: Performance
    after: Performance

    @property
    def way_back(self) -> WayBack | None:
        return self.after.way(better=self.after.health.rank > self.before.health.rank)


def count(waits: Iterable[Wait], ratings: Iterable[Rating], window: Window) -> Figures:
    """The figures of one seller in a window, as things stood when it ended. ``ratings`` may belong to any side."""
    verdicts = [late for wait in waits if (late := wait.is_late(window)) is not None]
    newest: dict[str, Rating] = {}
    for rating in sorted(ratings, key=lambda each: each.sequence):
        if window.has(rating.at):
            newest[rating.conversation_id] = rating
    stars = [rating.stars for rating in newest.values() if rating.side is Side.SELLER]
    return Figures(waits=len(verdicts), late=sum(verdicts), ratings=len(stars), satisfied=sum(each >= _SATISFIED for each in stars))


def _above(share: float | None, limit: float) -> bool:
    return share is not None and share > limit


def _below(share: float | None, limit: float) -> bool:
    return share is not None and share < limit
