"""What an engineer on call sees first: what is overdue, which clocks stand still, and how far the log was provably read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla_monitor.domain.responses import Response, Sight, Standing, Wanted
from sla_monitor.domain.words import Side
from sla_monitor.ports import Kept, Partition, Transaction

BLIND_AFTER = timedelta(seconds=60)
"""A watermark that is older is none of a healthy service: nothing new is called overdue in its partition."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it at one instant. ``overdue`` counts by market and side; of ``support`` and ``frozen`` there may be more."""

    now: datetime
    watermarks: Mapping[Partition, datetime | None]
    overdue: Counter[tuple[str, Side]]
    support: list[Response]
    frozen: list[Kept]

    def behind(self, partition: Partition) -> timedelta | None:
        """How old the partition's watermark is; None while it has none."""
        watermark = self.watermarks[partition]
        return None if watermark is None else max(self.now - watermark, timedelta())

    def blind(self, partition: Partition) -> bool:
        """Whether answers of this partition may be overdue without anybody being told."""
        behind = self.behind(partition)
        return behind is None or behind > BLIND_AFTER


async def watch(tx: Transaction, *, limit: int) -> Overview:
    """Look at everything."""
    everybody = Sight(everything=True)
    overdue: Counter[tuple[str, Side]] = Counter()
    for each in await tx.responses.counts(everybody, Wanted(standings=(Standing.OVERDUE,))):
        overdue[each.market, each.owed_by] += each.number
    of_support = Wanted(standings=(Standing.OVERDUE,), owed_by=Side.SUPPORT)
    support = await tx.responses.page(everybody, of_support, None, limit)
    return Overview(tx.now, await tx.watermarks(), overdue, support, await tx.conversations.frozen(None, limit))
