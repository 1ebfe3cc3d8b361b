"""Where time itself acts: when a day has provably passed everywhere, the sellers of whom it can have changed something are assessed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

import structlog
from parley_chassis.mongo import Transactions

from sla_monitor.domain.performance import Limits
from sla_monitor.ports import Transaction
from sla_monitor.use_cases import assessing

AT_ONCE = 20
"""Sellers that one transaction assesses."""

log = structlog.get_logger(__name__)


class Touched(Protocol):
    """Whose figures a day can have changed, and what became known since this time; None: nobody was ever assessed."""

    async def __call__(self, day: date, *, known: datetime | None) -> Sequence[str]: ...


class Assessment:
    """Goes through the days in order, however late they are read: each is assessed as it stood at its end.

    Several workers may do the same day, and one may begin it again: a seller is assessed once for it.
    """

    def __init__(self, transact: Transactions[Transaction], touched: Touched, limits: Mapping[str, Limits]) -> None:
        self._transact = transact
        self._touched = touched
        self._limits = limits

    async def look(self) -> None:
        """Assess what is to be assessed by now."""
        while found := await self._transact(assessing.next_day):
            assessed, before = found
            day = assessed.day
            sellers = await self._touched(day, known=before.began if before else None)
            for begin in range(0, len(sellers), AT_ONCE):
                await self._transact(assessing.assess, day, sellers[begin : begin + AT_ONCE], self._limits)
            await self._transact(assessing.finish_day, assessed)
            log.info("Sellers were assessed", day=day.isoformat(), sellers=len(sellers))
