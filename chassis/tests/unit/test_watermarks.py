"""A heartbeat becomes a watermark only where nothing can make the promise untrue."""

from datetime import UTC, datetime, timedelta

from parley_chassis.mongo.transactions import Limits
from parley_chassis.relay.watermarks import LEAP, SKEW, Heartbeat, Watermarks

T = datetime(2026, 3, 2, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FIVE = 5 * SECOND


def beat(after: float, *, wall: float | None = None, elapsed: float | None = None) -> Heartbeat:
    return Heartbeat(
        at=T + after * SECOND, wall=T + (after if wall is None else wall) * SECOND, elapsed=after if elapsed is None else elapsed
    )


def watermarks(lifetime: timedelta = FIVE) -> Watermarks:
    made = Watermarks()
    made.read_lifetime(lifetime, elapsed=0)
    return made


def test_it_stays_twice_the_transaction_lifetime_and_a_millisecond_behind() -> None:
    assert watermarks().of(beat(0)) == T - 10 * SECOND - timedelta(milliseconds=1)


def test_without_a_reading_of_the_lifetime_none_goes_out() -> None:
    marks = Watermarks()

    assert marks.of(beat(0)) is None
    assert marks.held == "no_lifetime"


def test_a_reading_counts_for_five_minutes_and_no_longer() -> None:
    assert watermarks().of(beat(300)) is not None
    assert watermarks().of(beat(301)) is None


def test_the_largest_lifetime_of_five_minutes_holds() -> None:
    marks = watermarks(60 * SECOND)
    marks.read_lifetime(FIVE, elapsed=10)

    assert marks.of(beat(10)) == T + 10 * SECOND - 120 * SECOND - timedelta(milliseconds=1)


def test_a_database_clock_two_seconds_off_is_borne_and_a_little_more_holds() -> None:
    marks = watermarks()

    assert marks.of(beat(10, wall=8)) is not None
    assert marks.of(beat(11, wall=8.999)) is None
    assert marks.held == "clock_skew"


def test_both_clocks_leaping_together_hold_and_the_leap_taken_back_lets_it_go_on() -> None:
    marks = watermarks()
    marks.of(beat(1))

    assert marks.of(beat(172_801, elapsed=2)) is None
    assert marks.held == "clock_leap"
    assert marks.of(beat(3)) is not None
    assert marks.held is None


def test_time_that_the_host_slept_is_no_leap() -> None:
    marks = watermarks()
    marks.of(beat(1))
    marks.read_lifetime(FIVE, elapsed=7_201)

    assert marks.of(beat(7_201)) is not None


def test_it_never_goes_back() -> None:
    marks = watermarks()
    first = marks.of(beat(5))

    assert marks.of(beat(4)) is None
    assert marks.last == first


def test_an_event_at_the_watermark_is_late_and_one_after_it_is_not() -> None:
    marks = watermarks()
    at = marks.of(beat(5))

    assert at is not None
    assert marks.is_late(at)
    assert not marks.is_late(at + timedelta(milliseconds=1))


def test_the_grace_covers_the_longest_transaction_and_the_clocks_that_may_differ() -> None:
    lifetime, limits = timedelta(seconds=5), Limits()

    assert limits.skew == SKEW
    assert 1.5 * lifetime + SKEW < 2 * lifetime
    assert timedelta(seconds=limits.patience) + LEAP < 2 * lifetime
