"""What counts for a seller, and what the figures make of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sla_monitor.domain.performance import Figures, Health, Limits, Performance, Rating, Wait, WayBack, Window, count
from sla_monitor.domain.words import Outcome, Side

WINDOW = Window(date(2026, 3, 31))
BEGIN, END = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
MS, HOUR, DAY = timedelta(milliseconds=1), timedelta(hours=1), timedelta(days=1)
MID = BEGIN + 10 * DAY


def ended(outcome: Outcome, at: datetime = MID, *, due: datetime | None = None, resumed: datetime | None = None) -> Wait:
    overdue = outcome in (Outcome.LATE, Outcome.MISSED)
    return Wait(market="de", due=due or (at - HOUR if overdue else at + HOUR), overdue=overdue, ended=at, outcome=outcome, resumed=resumed)


def test_a_window_is_thirty_whole_days() -> None:
    assert (WINDOW.begin, WINDOW.end) == (BEGIN, END)
    assert [WINDOW.has(at) for at in (BEGIN - MS, BEGIN, END - MS, END)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("wait", "late"),
    [
        (ended(Outcome.MET), False),
        (ended(Outcome.LATE), True),
        (ended(Outcome.MISSED), True),
        (ended(Outcome.HANDED_OVER), False),
        (ended(Outcome.CLOSED_WITHOUT_REPLY), False),
        (ended(Outcome.WAIVED), None),
        (ended(Outcome.WITHDRAWN), None),
        (ended(Outcome.VOIDED), None),
        (ended(Outcome.EXCUSED), None),
        (ended(Outcome.LATE, BEGIN - MS), None),
        (ended(Outcome.LATE, BEGIN), True),
        (ended(Outcome.LATE, END - MS), True),
        (ended(Outcome.MET, END, due=END + DAY), None),
        (Wait(market="de", due=END + HOUR, overdue=False), None),
        (Wait(market="de", due=END - MS, overdue=True), True),
        (Wait(market="de", due=BEGIN - 40 * DAY, overdue=True), True),
        (Wait(market="de", due=END, overdue=True), None),
        (ended(Outcome.LATE, END + HOUR, due=END - MS), True),
        (replace(ended(Outcome.VOIDED, END + HOUR, due=END - MS), overdue=True), True),
        (ended(Outcome.LATE, END + HOUR, due=END), None),
        (ended(Outcome.CLOSED_WITHOUT_REPLY, resumed=MID + 7 * DAY), True),
        (ended(Outcome.CLOSED_WITHOUT_REPLY, resumed=MID + 7 * DAY + MS), False),
        (ended(Outcome.CLOSED_WITHOUT_REPLY, END - DAY, resumed=END - MS), True),
        (ended(Outcome.CLOSED_WITHOUT_REPLY, END - DAY, resumed=END), False),
        (ended(Outcome.MET, resumed=MID + HOUR), False),
    ],
)
def test_a_wait_counts_as_it_stood_when_the_window_ended(wait: Wait, late: bool | None) -> None:
    assert wait.is_late(WINDOW) is late


def rating(stars: int, sequence: int = 1, *, of: str = "c-1", at: datetime = MID, side: Side | None = Side.SELLER) -> Rating:
    return Rating(
        event_id=f"{of}-{sequence}", conversation_id=of, sequence=sequence, seller_id="s", market="de", side=side, stars=stars, at=at
    )


@pytest.mark.parametrize(
    ("ratings", "counted"),
    [
        ([rating(5), rating(4, of="c-2"), rating(3, of="c-3"), rating(1, of="c-4")], (4, 2)),
        ([rating(1, 3), rating(5, 7)], (1, 1)),
        ([rating(1, 7), rating(5, 3)], (1, 0)),
        ([rating(5, 3), rating(1, 7, at=END)], (1, 1)),
        ([rating(5, at=BEGIN - MS)], (0, 0)),
        ([rating(5, 3), rating(1, 7, side=Side.SUPPORT)], (0, 0)),
        ([rating(5, side=None)], (0, 0)),
    ],
)
def test_the_latest_rating_of_a_conversation_counts_for_the_side_that_answered(ratings: list[Rating], counted: tuple[int, int]) -> None:
    found = count([], ratings, WINDOW)

    assert (found.ratings, found.satisfied) == counted


def figures(late: int | None, csat: int | None) -> Figures:
    """In per cent of a hundred; None: too few."""
    return Figures(waits=19 if late is None else 100, late=late or 0, ratings=9 if csat is None else 100, satisfied=csat or 0)


NORMAL, ATTENTION, AT_RISK = Health


@pytest.mark.parametrize(
    ("late", "csat", "judged"),
    [
        # The seller was normal, needed attention, was at risk.
        (4, 86, (NORMAL, ATTENTION, ATTENTION)),
        (2, 88, (NORMAL, NORMAL, NORMAL)),
        (3, 88, (NORMAL, ATTENTION, ATTENTION)),
        (2, 87, (NORMAL, ATTENTION, ATTENTION)),
        (5, 100, (ATTENTION, ATTENTION, ATTENTION)),
        (0, 85, (ATTENTION, ATTENTION, ATTENTION)),
        (43, 100, (ATTENTION, ATTENTION, ATTENTION)),
        (44, 100, (ATTENTION, ATTENTION, AT_RISK)),
        (45, 100, (ATTENTION, ATTENTION, AT_RISK)),
        (46, 100, (AT_RISK, AT_RISK, AT_RISK)),
        (0, 59, (AT_RISK, AT_RISK, AT_RISK)),
        (0, 60, (ATTENTION, ATTENTION, AT_RISK)),
        (0, 61, (ATTENTION, ATTENTION, AT_RISK)),
        (0, 62, (ATTENTION, ATTENTION, ATTENTION)),
        (None, None, (NORMAL, NORMAL, NORMAL)),
        (None, 59, (AT_RISK, AT_RISK, AT_RISK)),
        (46, None, (AT_RISK, AT_RISK, AT_RISK)),
        (0, None, (NORMAL, NORMAL, NORMAL)),
        (None, 86, (NORMAL, ATTENTION, ATTENTION)),
    ],
)
def test_a_seller_gets_worse_at_the_limit_and_better_two_points_beyond_it(
    late: int | None, csat: int | None, judged: tuple[Health, ...]
) -> None:
    assert tuple(Limits().judge(figures(late, csat), before) for before in Health) == judged


@given(st.integers(0, 100), st.integers(0, 100), st.sampled_from(Health))
def test_the_same_figures_never_change_a_health_twice(late: int, csat: int, before: Health) -> None:
    health = Limits().judge(figures(late, csat), before)

    assert Limits().judge(figures(late, csat), health) is health


@given(st.integers(0, 100), st.integers(0, 100), st.sampled_from(Health))
def test_the_way_to_something_better_leads_there(late: int, csat: int, before: Health) -> None:
    standing = Performance(seller_id="s", health=before, figures=figures(late, csat))
    way = standing.way(better=True)
    judged = Limits().judge(standing.figures, before)

    if way is None:
        assert before is NORMAL
    elif late < way.late_rate and csat > way.csat:
        assert judged.rank <= way.to.rank
    elif late > way.late_rate or csat < way.csat:
        assert judged.rank >= before.rank


@pytest.mark.parametrize(
    ("health", "better", "worse"),
    [
        (NORMAL, None, WayBack(to=ATTENTION, late_rate=5, csat=85)),
        (ATTENTION, WayBack(to=NORMAL, late_rate=3, csat=87), WayBack(to=AT_RISK, late_rate=45, csat=60)),
        (AT_RISK, WayBack(to=ATTENTION, late_rate=43, csat=62), None),
    ],
)
def test_what_would_change_a_health(health: Health, better: WayBack | None, worse: WayBack | None) -> None:
    standing = Performance(seller_id="s", health=health)

    assert (standing.way(better=True), standing.way(better=False)) == (better, worse)
