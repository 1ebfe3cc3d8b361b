"""Calendars: elapsed time is real time, in whatever zone the working hours are."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sla_monitor.domain.calendar import AroundTheClock, BusinessHours

BERLIN = BusinessHours.of(zone="Europe/Berlin", days="mon-fri", hours="09:00-17:00")
MINUTE = timedelta(minutes=1)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana")

calendars = st.builds(
    BusinessHours.of,
    zone=st.sampled_from(ZONES),
    days=st.sampled_from(["mon-fri", "mon-sun", "fri-mon", "wed", "mon,thu-sat"]),
    hours=st.sampled_from(["09:00-17:00", "00:00-24:00", "02:30-03:30", "08:00-12:00,13:00-18:30", "00:30-02:15,23:00-24:00"]),
    holidays=st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5),
)
# Around the clock changes of 2026, to the minute.
starts = st.sampled_from([datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 3, 7, tzinfo=UTC)]).flatmap(
    lambda day: st.integers(0, 3 * 24 * 60).map(lambda minutes: day + minutes * MINUTE)
)
targets = st.integers(1, 40 * 60).map(lambda minutes: minutes * MINUTE)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_around_the_clock_every_hour_counts() -> None:
    assert AroundTheClock().after(utc("2026-03-28T12:00:00+01:00"), timedelta(hours=48)) == utc("2026-03-30T11:00:00Z")


def test_a_wait_that_begins_on_a_weekend_starts_to_count_on_monday() -> None:
    assert BERLIN.after(utc("2026-03-07T12:00:00+01:00"), MINUTE) == utc("2026-03-09T09:01:00+01:00")


def test_a_wall_time_that_the_clock_change_skips_means_the_instant_of_the_change() -> None:
    early = BusinessHours.of(zone="Europe/Berlin", days="mon-sun", hours="02:30-04:00")

    assert early.after(utc("2026-03-29T00:00:00+01:00"), MINUTE) == utc("2026-03-29T01:01:00Z")


def test_a_wall_time_that_the_clock_change_repeats_means_its_first_occurrence() -> None:
    early = BusinessHours.of(zone="Europe/Berlin", days="mon-sun", hours="02:30-04:00")

    assert early.after(utc("2026-10-25T00:00:00+02:00"), timedelta(hours=2)) == utc("2026-10-25T02:30:00Z")


def test_a_day_with_a_clock_change_has_as_many_hours_as_really_pass() -> None:
    all_day = BusinessHours.of(zone="Europe/Berlin", days="sun", hours="00:00-24:00")

    assert all_day.after(utc("2026-03-29T00:00:00+01:00"), timedelta(hours=23)) == utc("2026-03-30T00:00:00+02:00")
    assert all_day.after(utc("2026-10-25T00:00:00+02:00"), timedelta(hours=25)) == utc("2026-10-26T00:00:00+01:00")


def test_days_may_run_over_the_end_of_the_week() -> None:
    assert BusinessHours.of(zone="UTC", days="fri-mon", hours="09:00-17:00").days == {4, 5, 6, 0}


@given(calendars, starts, targets, targets)
def test_waiting_twice_is_waiting_for_the_sum(calendar: BusinessHours, start: datetime, one: timedelta, two: timedelta) -> None:
    assert calendar.after(calendar.after(start, one), two) == calendar.after(start, one + two)


@given(st.sampled_from(ZONES), starts, targets)
def test_exactly_the_target_has_elapsed_in_working_minutes(zone: str, start: datetime, target: timedelta) -> None:
    calendar = BusinessHours.of(zone=zone, days="mon-sat", hours="08:00-19:30")

    due = calendar.after(start, target)

    minutes = int((due - start) / MINUTE)
    worked = sum(_works(start + minute * MINUTE, zone) for minute in range(minutes))
    assert worked * MINUTE == target
    assert _works(due - MINUTE, zone)


def _works(minute: datetime, zone: str) -> bool:
    local = minute.astimezone(ZoneInfo(zone))
    return local.weekday() < 6 and (8, 0) <= (local.hour, local.minute) < (19, 30)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"zone": "Europe/Nowhere"}, "is not a time zone; write one like Europe/Berlin"),
        ({"zone": "../etc/passwd"}, "is not a time zone"),
        ({"days": "mon-payday"}, "write days like mon-fri"),
        ({"hours": "9-17"}, 'write it like "09:00-17:00"'),
        ({"hours": "22:00-06:00"}, "a night is two windows"),
        ({"hours": "09:00-24:30"}, "write 00:00 to 24:00"),
        ({"hours": "09:00-12:00,11:00-17:00"}, "without overlapping"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_with_advice(wrong: dict[str, str], says: str) -> None:
    right = {"zone": "UTC", "days": "mon-fri", "hours": "09:00-17:00"}

    with pytest.raises(ValueError, match=says):
        BusinessHours.of(**(right | wrong))  # type: ignore[arg-type]
