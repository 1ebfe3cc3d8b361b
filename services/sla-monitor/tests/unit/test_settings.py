"""The monitor's part of a market file: the response policy."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from parley_chassis.markets import MarketFaults, read_markets
from sla_monitor.domain.calendar import AroundTheClock, BusinessHours
from sla_monitor.settings import Market

MARKETS = Path(__file__).parents[4] / "config" / "markets"
RESPONSE = "response: {policy: standard, version: 1, target: 48h, support_target: 24h"


def market(folder: Path, response: str) -> Market:
    (folder / "de.yaml").write_text(f"id: de\nname: Marktplatz\nlanguages: [de]\n{response}\n")
    return read_markets(folder, Market)["de"]


def test_the_markets_of_the_project_are_good() -> None:
    markets = read_markets(MARKETS, Market)

    assert markets["de"].response.as_policy().target == timedelta(hours=48)
    assert markets["fast"].response.as_policy().warn_at == (timedelta(seconds=5),)


def test_around_the_clock_is_the_default(tmp_path: Path) -> None:
    assert isinstance(market(tmp_path, RESPONSE + "}").response.as_policy().calendar, AroundTheClock)


def test_business_hours_are_read_as_people_write_them(tmp_path: Path) -> None:
    calendar = "calendar: {zone: Europe/Berlin, days: mon-fri, hours: 09:00-17:00, holidays: [2026-12-25]}"

    found = market(tmp_path, f"{RESPONSE}, {calendar}}}").response.as_policy().calendar

    assert isinstance(found, BusinessHours)
    assert found.holidays == {date(2026, 12, 25)}


@pytest.mark.parametrize(
    ("response", "says"),
    [
        ("", "response: is missing"),
        (RESPONSE.replace("48h", "48") + "}", "response.target: 48 has no unit; write it as"),
        (RESPONSE.replace("48h", "0h") + "}", "response.target: Input should be greater than"),
        (RESPONSE.replace("48h", "400d") + "}", "response.target: Input should be less than"),
        (RESPONSE.replace("version: 1", "version: 0") + "}", "response.version"),
        (RESPONSE + ", calendar: {zone: Mars, days: mon-fri, hours: 09:00-17:00}}", "zone: 'Mars' is not a time zone"),
        (RESPONSE + ", calendar: {zone: UTC, days: mon-fri, hours: 09:00-17:00, holiday: []}}", "holiday"),
        (RESPONSE + ", warn_at: [-1h]}", "response.warn_at.0"),
    ],
)
def test_a_policy_that_makes_no_sense_is_named_with_its_key(response: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(MarketFaults) as faults:
        market(tmp_path, response)

    assert says in str(faults.value)


EXCEPTION = "{policy: own, version: 1, target: 24h, support_target: 12h"


def test_exceptions_are_for_a_category_a_seller_or_both(tmp_path: Path) -> None:
    given = ", ".join(
        f"{EXCEPTION}, {who}}}".replace("own", f"own-{number}")
        for number, who in enumerate(["category: pre_purchase", "seller: s-7", "category: pre_purchase, seller: s-7, ends: true"])
    )

    found = dict(market(tmp_path, f"{RESPONSE}, exceptions: [{given}]}}").exceptions())

    assert [(scope.market, scope.category, scope.seller_id) for scope in found] == [
        ("de", "pre_purchase", ""),
        ("de", "", "s-7"),
        ("de", "pre_purchase", "s-7"),
    ]
    assert [policy.ends for policy in found.values()] == [False, False, True]


@pytest.mark.parametrize(
    ("exceptions", "says"),
    [
        (f"[{EXCEPTION}}}]", "response.exceptions.0: say for whom"),
        (f"[{EXCEPTION}, category: mail}}]", "response.exceptions.0.category: Input should be 'pre_purchase'"),
        (f"[{EXCEPTION}, seller: s-7, zone: UTC}}]", "response.exceptions.0.zone"),
        (f"[{EXCEPTION}, seller: a}}, {EXCEPTION}, seller: b}}]", "own stands twice; each policy"),
        (f"[{EXCEPTION}, seller: a}}, {EXCEPTION.replace('own', 'two')}, seller: a}}]", "seller a stands twice; each scope"),
    ],
)
def test_an_exception_that_makes_no_sense_is_named_with_its_key(exceptions: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(MarketFaults) as faults:
        market(tmp_path, f"{RESPONSE}, exceptions: {exceptions}}}")

    assert says in str(faults.value)


def test_a_calendar_in_which_the_target_takes_years_is_a_mistake(tmp_path: Path) -> None:
    calendar = "calendar: {zone: UTC, days: mon, hours: 09:00-09:10}"

    with pytest.raises(MarketFaults, match="only after more than 260 weeks"):
        market(tmp_path, f"{RESPONSE}, {calendar}}}")
