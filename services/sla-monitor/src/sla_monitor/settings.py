"""The monitor's settings, and its part of a market file."""

from datetime import date, timedelta
from typing import Annotated, Literal

from parley_chassis.durations import Duration
from parley_chassis.markets import MarketPart
from parley_chassis.settings import Port, ServiceSettings
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sla_monitor.domain.calendar import AroundTheClock, BusinessHours, Calendar
from sla_monitor.domain.policy import Policy

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
        self.as_policy()
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


class Market(MarketPart):
    """What the monitor reads of a market."""

    response: ResponsePolicy


class Settings(ServiceSettings):
    """The response clock: what is owed, due and overdue."""

    service: str = "sla-monitor"
    http_port: Port = 8084
    probe_port: Port = 9084
    worker_port: Port = 9184
