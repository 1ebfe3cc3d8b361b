"""The monitor's settings, and its part of a market file."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Literal

from parley_chassis.durations import Duration
from parley_chassis.markets import MarketPart
from parley_chassis.settings import PageSettings, Port
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sla_monitor.domain.calendar import AroundTheClock, BusinessHours, Calendar
from sla_monitor.domain.performance import Limits
from sla_monitor.domain.policy import Policy, Scope
from sla_monitor.domain.words import Category

LONGEST = 260
"""Weeks within which a target must have elapsed; a calendar with too little working time is a mistake."""

Span = Annotated[Duration, Field(gt=timedelta(), le=timedelta(days=366))]


class BusinessCalendar(BaseModel):
    """When working time passes: wall time in a zone, on some days, without holidays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str
    days: str
    hours: str
    holidays: tuple[date, ...] = ()

    def calendar(self) -> Calendar:
        return BusinessHours.of(zone=self.zone, days=self.days, hours=self.hours, holidays=self.holidays)


class ResponsePolicy(BaseModel):
    """How long a seller, and then support, has for an answer."""

    model_config = ConfigDict(frozen=True)

    policy: str = Field(min_length=1, max_length=60)
    version: int = Field(ge=1)
    target: Span
    warn_at: tuple[Span, ...] = ()
    support_target: Span
    support_warn_at: tuple[Span, ...] = ()
    calendar: Literal["24x7"] | BusinessCalendar = "24x7"
    escalates: bool = True

    @model_validator(mode="after")
    def _makes_sense(self) -> "ResponsePolicy":
        calendar, longest = self.as_policy().calendar, max(self.target, self.support_target)
        if isinstance(calendar, BusinessHours) and longest > LONGEST * calendar.week:
            raise ValueError(
                f"calendar: its hours give a target of {longest} only after more than {LONGEST} weeks; widen them or shorten it"
            )
        return self

    def as_policy(self) -> Policy:
        """The policy as the clock takes it."""
        return Policy(
            id=self.policy,
            version=self.version,
            target=self.target,
            warn_at=self.warn_at,
            support_target=self.support_target,
            support_warn_at=self.support_warn_at,
            calendar=self.calendar.calendar() if isinstance(self.calendar, BusinessCalendar) else AroundTheClock(),
            escalates=self.escalates,
        )


class ExceptionalPolicy(ResponsePolicy):
    """A policy for one category, one seller, or one seller's conversations of one category; one that ``ends`` holds no more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: Category | None = None
    seller: str | None = Field(None, min_length=1, max_length=200)
    ends: bool = False

    @model_validator(mode="after")
    def _is_for_somebody(self) -> "ExceptionalPolicy":
        if not (self.category or self.seller):
            raise ValueError("say for whom: category, seller, or both; for the whole market it is `response` itself")
        return self

    def scope(self, market: str) -> Scope:
        return Scope(market, self.category.value if self.category else "", self.seller or "")

    def as_policy(self) -> Policy:
        return replace(super().as_policy(), ends=self.ends)


class MarketPolicy(ResponsePolicy):
    """A market's policy and its exceptions; the most specific one judges a wait."""

    exceptions: tuple[ExceptionalPolicy, ...] = ()

    @model_validator(mode="after")
    def _tells_them_apart(self) -> "MarketPolicy":
        for name, values in (
            ("scope", [str(each.scope("")) for each in self.exceptions]),
            ("policy", [self.policy, *(each.policy for each in self.exceptions)]),
        ):
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"exceptions: {', '.join(twice)} stands twice; each {name} has one entry of its own")
        return self


Percent = Annotated[float, Field(ge=0, le=100)]


class LateLimits(BaseModel):
    """The share of late waits that a market calls normal, and from where a seller is at risk."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    normal_below: Percent = 5
    at_risk_above: Percent = 45
    from_waits: int = Field(20, ge=1)


class CsatLimits(BaseModel):
    """The same for the share of satisfied ratings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    normal_above: Percent = 85
    at_risk_below: Percent = 60
    from_ratings: int = Field(10, ge=1)


class PerformanceLimits(BaseModel):
    """What a market makes of its sellers' figures, in per cent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    late: LateLimits = LateLimits()
    csat: CsatLimits = CsatLimits()
    hysteresis: Percent = 2

    @model_validator(mode="after")
    def _leaves_room(self) -> "PerformanceLimits":
        """Between normal and at risk there must be more than the way back from one to the other."""
        if self.late.at_risk_above - self.late.normal_below <= self.hysteresis:
            raise ValueError("late: at_risk_above must lie more than hysteresis above normal_below")
        if self.csat.normal_above - self.csat.at_risk_below <= self.hysteresis:
            raise ValueError("csat: normal_above must lie more than hysteresis above at_risk_below")
        if self.late.normal_below <= self.hysteresis or self.csat.normal_above + self.hysteresis >= 100:
            raise ValueError("hysteresis: no seller could become normal again; make it smaller")
        return self

    def limits(self) -> Limits:
        return Limits(
            late_normal_below=self.late.normal_below,
            late_at_risk_above=self.late.at_risk_above,
            csat_normal_above=self.csat.normal_above,
            csat_at_risk_below=self.csat.at_risk_below,
            hysteresis=self.hysteresis,
            from_waits=self.late.from_waits,
            from_ratings=self.csat.from_ratings,
        )


class Market(MarketPart):
    """What the monitor reads of a market."""

    response: MarketPolicy
    seller_performance: PerformanceLimits = PerformanceLimits()

    def exceptions(self) -> Iterator[tuple[Scope, Policy]]:
        """The policies that are not for the whole market."""
        return ((each.scope(self.id), each.as_policy()) for each in self.response.exceptions)


class Settings(PageSettings):
    """The response clock: what is owed, due and overdue."""

    service: str = "sla-monitor"
    http_port: Port = 8084
    probe_port: Port = 9084
    worker_port: Port = 9184
