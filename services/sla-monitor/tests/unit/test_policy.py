"""The policy book is append-only, and a version holds from its instant on."""

from datetime import UTC, datetime, timedelta

import pytest
from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.events import About, Posted
from sla_monitor.domain.fold import fold
from sla_monitor.domain.policy import BEGINNING, Entry, NoPolicy, OutageWindow, Policy, PolicyBook
from sla_monitor.domain.words import Role, Side

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


SPECIFIC = {
    ("", ""): Entry("de", BEGINNING, Policy(id="market")),
    ("pre_purchase", ""): Entry("de", BEGINNING, Policy(id="category"), "pre_purchase"),
    ("", "s-7"): Entry("de", BEGINNING, Policy(id="seller"), "", "s-7"),
    ("pre_purchase", "s-7"): Entry("de", BEGINNING, Policy(id="both"), "pre_purchase", "s-7"),
}


@pytest.mark.parametrize(
    ("category", "seller_id", "judges"),
    [
        ("pre_purchase", "s-7", "both"),
        ("post_purchase", "s-7", "seller"),
        ("pre_purchase", "s-1", "category"),
        ("post_purchase", "s-1", "market"),
    ],
)
def test_the_most_specific_policy_judges_whatever_the_order_of_the_lines(category: str, seller_id: str, judges: str) -> None:
    for lines in (tuple(SPECIFIC.values()), tuple(reversed(SPECIFIC.values()))):
        assert PolicyBook(lines).policy("de", T, category=category, seller_id=seller_id).id == judges


def test_without_its_own_a_sellers_category_is_judged_as_the_seller_is() -> None:
    lines = tuple(entry for scope, entry in SPECIFIC.items() if scope != ("pre_purchase", "s-7"))

    assert PolicyBook(lines).policy("de", T, category="pre_purchase", seller_id="s-7").id == "seller"


def test_an_exception_that_ends_gives_its_place_back_from_then_on() -> None:
    ended = Entry("de", T, Policy(id="seller", version=2, ends=True), "", "s-7")
    book = PolicyBook((SPECIFIC["", ""], SPECIFIC["", "s-7"], ended))

    assert book.policy("de", T - HOUR, seller_id="s-7").id == "seller"
    assert book.policy("de", T, seller_id="s-7").id == "market"


def test_an_exception_of_another_market_judges_nobody_here() -> None:
    with pytest.raises(NoPolicy):
        PolicyBook((SPECIFIC["", "s-7"],)).policy("fr", T, seller_id="s-7")


def test_a_wait_is_judged_by_its_own_category_and_seller() -> None:
    about = About(market="de", category="pre_purchase", seller_id="s-7")
    event = Posted(id="event-1", sequence=1, at=T, about=about, by=Role.BUYER, message_id="m-1")

    opened, _ = fold(Conversation(id="c-1"), event, watermark=None, book=PolicyBook(tuple(SPECIFIC.values())))

    assert [cycle.policy for cycle in opened.open] == ["both"]
