"""The monitor's ports in memory: the same behaviour without a database."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from parley_chassis.commands import Answer, CommandKey
from parley_contracts.topics import INQUIRIES, PARTITIONS, TICKETS

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.facts import Fact, Retracted
from sla_monitor.domain.performance import AssessedDay, Change, Performance, Rating, Wait, Window
from sla_monitor.domain.policy import BEGINNING, Effect, Entry, OutageWindow, Policy, PolicyBook
from sla_monitor.domain.responses import UNSETTLED, Count, Place, Response, Sight, Standing, Wanted, after
from sla_monitor.domain.words import Side
from sla_monitor.ports import ForeignConversation, Kept, Partition

T = datetime(2026, 3, 2, 10, tzinfo=UTC)
EVERYWHERE = [Partition(topic.name, number) for topic in (TICKETS, INQUIRIES) for number in range(PARTITIONS)]


@dataclass
class MemoryMonitor:
    """Everything that the monitor keeps, and the runner of its use cases; what a use case did before it failed is undone."""

    now: datetime = T
    kept: dict[str, Kept] = field(default_factory=dict)
    outages: PolicyBook = field(default_factory=PolicyBook)
    lines: list[Entry] = field(default_factory=lambda: [Entry("de", BEGINNING, Policy())])
    rows: dict[str, Response] = field(default_factory=dict)
    told: list[Fact] = field(default_factory=list)
    marks: dict[Partition, datetime | None] = field(default_factory=lambda: dict.fromkeys(EVERYWHERE))
    ratings: dict[str, Rating] = field(default_factory=dict)
    sellers: dict[str, Performance] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    assessed: AssessedDay | None = None
    answers: dict[str, Answer] = field(default_factory=dict)

    async def once(self, key: CommandKey, use_case: Callable[..., Awaitable[Answer]], /, *args: Any) -> Answer:
        if known := self.answers.get(key.id):
            return known.again()
        self.answers[key.id] = await self(use_case, *args)
        return self.answers[key.id]

    async def __call__(self, use_case: Callable[..., Awaitable[Any]], /, *args: Any, **kwargs: Any) -> Any:
        before = dict(self.kept), list(self.lines), dict(self.rows), list(self.told), self.outages
        sellers = dict(self.ratings), dict(self.sellers), list(self.changes), self.assessed
        try:
            return await use_case(MemoryTransaction(self), *args, **kwargs)
        except BaseException:
            self.kept, self.lines, self.rows, self.told, self.outages = before
            self.ratings, self.sellers, self.changes, self.assessed = sellers
            raise


class MemoryTransaction:
    """One transaction in memory."""

    def __init__(self, monitor: MemoryMonitor) -> None:
        self._monitor = monitor
        self.now = monitor.now
        self.conversations = MemoryConversations(monitor)
        self.policies = MemoryPolicies(monitor)
        self.responses = MemoryResponses(monitor)
        self.sellers = MemorySellers(monitor)

    def tell(self, conversation: Conversation, facts: Sequence[Fact]) -> None:
        retracted = {fact.cycle.id: fact.reason for fact in facts if isinstance(fact, Retracted)}
        for fact in facts:
            self._monitor.told.append(fact)
            self._monitor.rows[fact.cycle.id] = after(conversation, fact, retracted.get(fact.cycle.id))

    async def watermarks(self) -> Mapping[Partition, datetime | None]:
        return self._monitor.marks


class MemoryConversations:
    def __init__(self, monitor: MemoryMonitor) -> None:
        self._monitor = monitor

    async def get(self, id: str, topic: str) -> Conversation | None:
        kept = self._monitor.kept.get(id)
        if kept and kept.topic != topic:
            raise ForeignConversation(kept.topic)
        return kept.conversation if kept else None

    async def kept(self, id: str) -> Kept | None:
        return self._monitor.kept.get(id)

    async def load(self, ids: Iterable[str]) -> None:
        pass

    async def due(self, partition: Partition, before: datetime, limit: int) -> list[Conversation]:
        here = [kept.conversation for kept in self._monitor.kept.values() if Partition(kept.topic, kept.partition or 0) == partition]
        instants = [(instant, each) for each in here if (instant := each.next_instant) and instant < before]
        return [each for _, each in sorted(instants, key=lambda pair: pair[0])][:limit]

    async def overdue(self, partition: Partition, due_from: datetime, due_to: datetime, limit: int) -> list[Conversation]:
        return [
            kept.conversation
            for kept in self._monitor.kept.values()
            if Partition(kept.topic, kept.partition or 0) == partition
            and not kept.conversation.frozen
            and any(cycle.overdue and due_from <= cycle.due <= due_to for cycle in kept.conversation.open)
        ][:limit]

    async def frozen(self, after: str | None, limit: int) -> list[Kept]:
        behind = [kept for id, kept in sorted(self._monitor.kept.items()) if after is None or id > after]
        return [kept for kept in behind if kept.conversation.frozen][:limit]

    def put(self, conversation: Conversation, topic: str, partition: int | None = None) -> None:
        before = self._monitor.kept.get(conversation.id)
        place = before.partition if partition is None and before else partition
        self._monitor.kept[conversation.id] = Kept(conversation, topic, place)


class MemoryPolicies:
    def __init__(self, monitor: MemoryMonitor) -> None:
        self._monitor = monitor

    async def book(self) -> PolicyBook:
        return replace(self._monitor.outages, entries=tuple(self._monitor.lines))

    async def add(self, lines: Sequence[Entry | OutageWindow | Effect]) -> None:
        self._monitor.lines += [line for line in lines if isinstance(line, Entry)]
        book = self._monitor.outages
        declared = (*book.declared, *(line for line in lines if isinstance(line, OutageWindow)))
        self._monitor.outages = replace(book, declared=declared).with_effects(line for line in lines if isinstance(line, Effect))


class MemoryResponses:
    def __init__(self, monitor: MemoryMonitor) -> None:
        self._monitor = monitor

    async def get(self, id: str) -> Response | None:
        return self._monitor.rows.get(id)

    async def page(self, sight: Sight, wanted: Wanted, after: Place | None, limit: int) -> list[Response]:
        newest_first = wanted.standings == (Standing.SETTLED,)
        found = sorted(self._seen(sight, wanted), key=_place, reverse=newest_first)
        if after:
            end = (after.at, after.id)
            found = [each for each in found if (_place(each) < end if newest_first else _place(each) > end)]
        return found[:limit]

    async def due_within(self, due_from: datetime, due_to: datetime) -> dict[Standing, int]:
        found = [row for row in self._monitor.rows.values() if row.standing in UNSETTLED and due_from <= row.cycle.due <= due_to]
        return Counter(row.standing for row in found)

    async def counts(self, sight: Sight, wanted: Wanted) -> list[Count]:
        groups = Counter((each.standing, each.market, each.cycle.owed_by, each.category) for each in self._seen(sight, wanted))
        return [Count(*group, number) for group, number in groups.items()]

    def _seen(self, sight: Sight, wanted: Wanted) -> Iterator[Response]:
        for each in self._monitor.rows.values():
            given = {
                "market": wanted.market,
                "seller_id": wanted.seller_id,
                "conversation_id": wanted.conversation_id,
                "category": wanted.category,
            }
            if (
                each.standing in wanted.standings
                and sight.covers(market=each.market, seller_id=each.seller_id)
                and wanted.owed_by in (None, each.cycle.owed_by)
                and all(value in (None, getattr(each, name)) for name, value in given.items())
            ):
                yield each


class MemorySellers:
    def __init__(self, monitor: MemoryMonitor) -> None:
        self._monitor = monitor

    async def get(self, seller_id: str) -> Performance | None:
        return self._monitor.sellers.get(seller_id)

    async def waits(self, seller_id: str, window: Window) -> list[Wait]:
        rows = self._monitor.rows.values()
        began = {(row.conversation_id, row.cycle.ordinal): row.cycle.start for row in rows}
        return [
            Wait(
                market=row.market,
                due=row.cycle.due,
                overdue=row.cycle.overdue is not None,
                ended=row.settled.at if row.settled else None,
                outcome=row.settled.outcome if row.settled else None,
                resumed=began.get((row.conversation_id, row.cycle.ordinal + 1)),
            )
            for row in rows
            if row.seller_id == seller_id and row.cycle.owed_by is Side.SELLER
        ]

    async def ratings(self, seller_id: str, window: Window) -> list[Rating]:
        return [each for each in self._monitor.ratings.values() if each.seller_id == seller_id]

    async def assessed(self) -> AssessedDay | None:
        return self._monitor.assessed

    def rate(self, rating: Rating) -> None:
        self._monitor.ratings[rating.event_id] = rating

    def put(self, performance: Performance) -> None:
        self._monitor.sellers[performance.seller_id] = performance

    def tell(self, change: Change) -> None:
        self._monitor.changes.append(change)

    def finish(self, assessed: AssessedDay) -> None:
        self._monitor.assessed = assessed


def _place(response: Response) -> tuple[datetime, str]:
    return response.orders_by, response.cycle.id
