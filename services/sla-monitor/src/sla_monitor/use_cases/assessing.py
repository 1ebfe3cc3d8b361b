"""Assess sellers, once for each day that the log was provably read to the end of; and answer how one does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sla_monitor.domain.performance import AssessedDay, Change, Limits, Performance, Window, count
from sla_monitor.domain.responses import Sight
from sla_monitor.ports import Transaction
from sla_monitor.use_cases.questions import NothingThere, read_to

_DAY = timedelta(days=1)


async def next_day(tx: Transaction) -> tuple[AssessedDay, AssessedDay | None] | None:
    """The next day to assess sellers for, and the one before it if there was any; None while it has not provably passed."""
    reached = await read_to(tx)
    if reached is None:
        return None
    last, done = reached.date() - _DAY, await tx.sellers.assessed()
    if done is None:
        return AssessedDay(last, tx.now), None
    return (AssessedDay(done.day + _DAY, tx.now), done) if done.day < last else None


async def assess(tx: Transaction, day: date, seller_ids: Sequence[str], limits: Mapping[str, Limits]) -> None:
    """Count, judge and tell what has changed; each seller once for a day, however often it is asked for."""
    for seller_id in seller_ids:
        before = await tx.sellers.get(seller_id) or Performance(seller_id=seller_id)
        if before.day is None or before.day < day:
            await _assess(tx, day, before, limits)


async def _assess(tx: Transaction, day: date, before: Performance, limits: Mapping[str, Limits]) -> None:
    window = Window(day)
    waits, ratings = await tx.sellers.waits(before.seller_id, window), await tx.sellers.ratings(before.seller_id, window)
    found = [(wait.ended or wait.due, wait.market) for wait in waits] + [(rating.at, rating.market) for rating in ratings]
    # A seller is a shop of one market; should it trade in several, the one of its newest business counts.
    market = max((each for each in found if each[0] < window.end), default=(None, before.market))[1]
    figures, limited = count(waits, ratings, window), limits.get(market, before.limits)
    health = limited.judge(figures, before.health)
    after = replace(before, market=market, day=day, figures=figures, limits=limited, health=health)
    if health is not before.health:
        after = replace(after, since=day)
        tx.sellers.tell(Change(before, after))
    tx.sellers.put(after)


async def finish_day(tx: Transaction, assessed: AssessedDay) -> None:
    """All sellers have been assessed for it."""
    done = await tx.sellers.assessed()
    if done is None or done.day < assessed.day:
        tx.sellers.finish(assessed)


async def show_performance(tx: Transaction, sight: Sight, seller_id: str) -> Performance:
    """How a seller does. Of one without any business only the seller learns that there is none."""
    found = await tx.sellers.get(seller_id)
    if found is None and seller_id in sight.sellers:
        return Performance(seller_id=seller_id)
    if found is None or not sight.covers(market=found.market, seller_id=seller_id):
        raise NothingThere
    return found
