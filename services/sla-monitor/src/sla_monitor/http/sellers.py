"""How a seller does, over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from sla_monitor.domain.performance import DAYS, Performance, WayBack
from sla_monitor.http.routes import May, Transact
from sla_monitor.use_cases import assessing

router = APIRouter(prefix="/v1/sellers", tags=["sellers"])

SellerId = Annotated[str, Path(max_length=200)]


class WayBody(BaseModel):
    """What would change the health by one step."""

    to: str
    late_rate: float = Field(description="In per cent. For something better: below it; for something worse: one beyond is enough")
    csat: float = Field(description="In per cent. For something better: above it")

    @classmethod
    def of(cls, way: WayBack | None) -> "WayBody | None":
        return cls(to=way.to.value, late_rate=way.late_rate, csat=way.csat) if way else None


class PerformanceBody(BaseModel):
    """How a seller did in whole days of UTC. Shares are in per cent; null where there is too little to say."""

    seller_id: str
    market: str | None
    health: str = Field(description="normal, attention or at_risk")
    since: date | None = Field(description="The day whose end brought this health; null: it was never another")
    day: date | None = Field(description="The last of the days that count; null: nothing has counted yet")
    days: int
    waits: int = Field(description="Waits that ended in these days or are overdue; not those waived, withdrawn, voided or excused")
    late: int = Field(description="Of them: answered late, missed, still overdue, or closed without a reply and reopened within 7 days")
    late_rate: float | None
    from_waits: int = Field(description="From so many waits the share says something")
    ratings: int
    satisfied: int = Field(description="Of them: with four or five stars")
    csat: float | None
    from_ratings: int = Field(description="From so many ratings the share says something")
    better: WayBody | None = Field(description="What would make it better; null: nothing is better")
    worse: WayBody | None = Field(description="What would make it worse; null: nothing is worse")

    @classmethod
    def of(cls, performance: Performance) -> "PerformanceBody":
        figures, limits = performance.figures, performance.limits
        return cls(
            seller_id=performance.seller_id,
            market=performance.market or None,
            health=performance.health.value,
            since=performance.since,
            day=performance.day,
            days=DAYS,
            waits=figures.waits,
            late=figures.late,
            late_rate=limits.late_rate(figures),
            from_waits=limits.from_waits,
            ratings=figures.ratings,
            satisfied=figures.satisfied,
            csat=limits.csat(figures),
            from_ratings=limits.from_ratings,
            better=WayBody.of(performance.way(better=True)),
            worse=WayBody.of(performance.way(better=False)),
        )


@router.get("/{seller_id}/performance")
async def show_performance(seller_id: SellerId, sight: May, transact: Transact) -> PerformanceBody:
    """A seller's late rate, CSAT and health over thirty days, and what would change it. Assessed once a day."""
    return PerformanceBody.of(await transact(assessing.show_performance, sight, seller_id))
