"""What the page of a seller shows: shares, counts and days as the reader's language writes them."""

from dataclasses import dataclass
from datetime import date, timedelta

from parley_chassis.formats import day, percent
from parley_chassis.texts import Translate

from sla_monitor.domain.performance import DAYS, Health, Performance, WayBack


@dataclass(frozen=True, slots=True)
class Way:
    """What leads to another health."""

    to: str
    late: str
    csat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresShown:
    """A seller's figures as words. A share is None where there is too little to say."""

    seller_id: str
    health: str
    word: str
    since: str | None
    first: str | None
    last: str | None
    days: int
    late_rate: str | None
    late: int
    waits: int
    from_waits: int
    csat: str | None
    satisfied: int
    ratings: int
    from_ratings: int
    better: Way | None
    worse: Way | None


def figures_of(performance: Performance, language: str, _: Translate) -> FiguresShown:
    """How a seller does, for a reader of this language."""
    figures, limits = performance.figures, performance.limits

    def share(value: float | None) -> str | None:
        return None if value is None else percent(value, language)

    def on(date: date | None) -> str | None:
        return None if date is None else day(date, language)

    def way(to: WayBack | None) -> Way | None:
        return Way(health(_, to.to), percent(to.late_rate, language), percent(to.csat, language)) if to else None

    return FiguresShown(
        seller_id=performance.seller_id,
        health=health(_, performance.health),
        word=performance.health.value,
        since=on(performance.since),
        first=on(performance.day - timedelta(days=DAYS - 1) if performance.day else None),
        last=on(performance.day),
        days=DAYS,
        late_rate=share(limits.late_rate(figures)),
        late=figures.late,
        waits=figures.waits,
        from_waits=limits.from_waits,
        csat=share(limits.csat(figures)),
        satisfied=figures.satisfied,
        ratings=figures.ratings,
        from_ratings=limits.from_ratings,
        better=way(performance.way(better=True)),
        worse=way(performance.way(better=False)),
    )


def health(_: Translate, of: Health) -> str:
    return {Health.NORMAL: _("Normal"), Health.ATTENTION: _("Needs attention"), Health.AT_RISK: _("At risk")}[of]
