"""One transaction of the monitor on MongoDB."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import structlog
from parley_chassis import telemetry
from parley_chassis.mongo import Unit
from parley_chassis.positions import POSITIONS, place_id
from parley_contracts import topics
from parley_contracts.envelope import Envelope

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.facts import Fact, Overdue, Retracted, Settled
from sla_monitor.domain.responses import after
from sla_monitor.domain.words import Retraction
from sla_monitor.ports import Partition
from sla_monitor.store.conversations import MongoConversations
from sla_monitor.store.policies import MongoPolicies, Shelf
from sla_monitor.store.responses import MongoResponses
from sla_monitor.store.sellers import Announce, MongoSellers

CARRIERS = tuple(topic for topic in topics.TOPICS if topic.watermarks)
"""The topics in which time arrives."""

DETECTION = telemetry.histogram(
    "parley_response_detection_seconds",
    "From the due time of a cycle to the transaction that called it overdue",
    ["market", "side"],
    buckets=(1, 5, 10, 12, 15, 20, 30, 60, 300, 3600),
)
SETTLED = telemetry.counter("parley_responses_settled_total", "Cycles that ended", ["market", "side", "outcome"])
RETRACTED = telemetry.counter("parley_responses_retracted_total", "Overdue facts that were taken back", ["market", "side", "reason"])

log = structlog.get_logger(__name__)


class Publish(Protocol):
    """Makes the event of a fact."""

    def __call__(self, conversation: Conversation, fact: Fact, *, sequence: int, at: datetime) -> Envelope: ...


class MongoTransaction:
    """Conversations, book, rows and events, changed together. Without ``publish`` and ``announce`` nothing is told to anybody."""

    def __init__(self, unit: Unit, *, publish: Publish | None, announce: Announce | None = None, shelf: Shelf) -> None:
        self.conversations = MongoConversations(unit)
        self.policies = MongoPolicies(unit, shelf)
        self.responses = MongoResponses(unit)
        self.sellers = MongoSellers(unit, announce)
        self.now = unit.now
        self._unit = unit
        self._publish = publish
        self._told: list[tuple[Conversation, Fact]] = []
        unit.once_committed.append(self._measure)

    def tell(self, conversation: Conversation, facts: Sequence[Fact]) -> None:
        if not facts:
            return
        row = self.conversations.told(conversation.id)
        row["told_at"] = at = max(self.now, row["told_at"] or self.now)
        retracted: dict[str, Retraction] = {}
        for fact in facts:
            row["told"] += 1
            if self._publish:
                self._unit.outbox.add(self._publish(conversation, fact, sequence=row["told"], at=at), topics.RESPONSES)
            if isinstance(fact, Retracted):
                retracted[fact.cycle.id] = fact.reason
            self.responses.put(after(conversation, fact, retracted.get(fact.cycle.id)), told_at=at)
            self._told.append((conversation, fact))

    async def watermarks(self) -> dict[Partition, datetime | None]:
        rows = self._unit.documents(POSITIONS)
        found: dict[Partition, datetime | None] = {}
        places = {place_id(topic.name, number): Partition(topic.name, number) for topic in CARRIERS for number in range(topics.PARTITIONS)}
        await rows.load(places)
        for id, partition in places.items():
            row = await rows.get(id)
            found[partition] = row["watermark"] if row else None
        return found

    def _measure(self) -> None:
        for conversation, fact in self._told:
            market, side = conversation.about.market, fact.cycle.owed_by.value
            match fact:
                case Overdue():
                    DETECTION.labels(market, side).observe((self.now - fact.cycle.due).total_seconds())
                case Settled():
                    SETTLED.labels(market, side, fact.outcome.value).inc()
                case Retracted():
                    RETRACTED.labels(market, side, fact.reason.value).inc()
                    if fact.reason is Retraction.ANSWERED_IN_TIME:
                        log.error(
                            "An answer came in time after its cycle had been called overdue: a watermark promise was broken",
                            conversation=conversation.id,
                            cycle=fact.cycle.id,
                            due=fact.cycle.due.isoformat(),
                        )
