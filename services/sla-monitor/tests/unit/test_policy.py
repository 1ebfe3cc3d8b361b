"""The policy book is append-only, and a version holds from its instant on."""

from datetime import UTC, datetime, timedelta

import pytest
from sla_monitor.domain.policy import BEGINNING, Entry, NoPolicy, OutageWindow, Policy, PolicyBook
from sla_monitor.domain.words import Side

T = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST, SECOND = Policy(version=1), Policy(version=2, target=24 * HOUR, warn_at=())
BOOK = PolicyBook((Entry("de", BEGINNING, FIRST), Entry("de", T, SECOND)))


def test_a_version_holds_from_its_instant_on() -> None:
    assert BOOK.policy("de", T - timedelta(milliseconds=1)) is FIRST
    assert BOOK.policy("de", T) is SECOND


def test_of_two_versions_from_one_instant_the_later_line_holds() -> None:
    third = Policy(version=3)

    assert BOOK.with_entry(Entry("de", T, third)).policy("de", T) is third


def test_each_market_has_its_own_policy() -> None:
    with pytest.raises(NoPolicy, match="fr"):
        BOOK.policy("fr", T)


def test_support_has_its_own_target_and_levels_in_the_same_calendar() -> None:
    assert FIRST.due(Side.SUPPORT, T) == T + 24 * HOUR
    assert FIRST.levels(Side.SUPPORT, T) == ((18 * HOUR, T + 18 * HOUR),)


def test_levels_are_put_in_order_and_told_once() -> None:
    policy = Policy(warn_at=(44 * HOUR, 36 * HOUR, 36 * HOUR, 48 * HOUR))

    assert [level for level, _ in policy.levels(Side.SELLER, T)] == [36 * HOUR, 44 * HOUR]


def test_both_ends_of_an_outage_belong_to_it() -> None:
    book = BOOK.with_outage(OutageWindow("o", T, T + HOUR, T))

    assert book.outage(T)
    assert book.outage(T + HOUR)
    assert not book.outage(T - timedelta(milliseconds=1))
    assert not book.outage(T + HOUR + timedelta(milliseconds=1))


def test_of_two_outages_the_one_that_ended_last_counts() -> None:
    book = BOOK.with_outage(OutageWindow("long", T, T + 5 * HOUR, T)).with_outage(OutageWindow("short", T, T + HOUR, T))

    outage = book.outage(T)

    assert outage
    assert outage.id == "long"


@pytest.mark.parametrize("wrong", [{"version": 0}, {"target": timedelta()}, {"support_target": -HOUR}, {"warn_at": (timedelta(),)}])
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must be longer|counted from 1|a level must"):
        Policy(**wrong)  # type: ignore[arg-type]
