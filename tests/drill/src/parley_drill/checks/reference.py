"""The reference of the response clock: the pure fold over the log as it stands, one partition after another."""

from collections import defaultdict
from datetime import datetime, timedelta

from parley_chassis.records import Received
from parley_contracts.topics import INQUIRIES, TICKETS
from sla_monitor.consumers.meanings import meaning
from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.facts import Expected, Fact, Overdue, Settled
from sla_monitor.domain.fold import fold
from sla_monitor.domain.passing import advance
from sla_monitor.domain.policy import BEGINNING, Entry, Policy, PolicyBook

from parley_drill.evidence import Evidence
from parley_drill.log import TOPICS, Record, in_order
from parley_drill.marketplace import MARKETS
from parley_drill.plan import TARGET

POLICY = Policy(id="drill", target=TARGET, warn_at=(timedelta(seconds=3),), support_target=TARGET, support_warn_at=(timedelta(seconds=3),))
BOOK = PolicyBook(tuple(Entry(market.id, BEGINNING, POLICY) for market in MARKETS))
Told = tuple[str, ...]


class _Partition:
    """One partition's fold."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.watermark: datetime | None = None
        self.found: list[tuple[Conversation, Fact]] = []

    def take(self, record: Record) -> None:
        if record.watermark is not None:
            self._pass(record.watermark)
        elif record.envelope is not None and record.data is not None and not record.own and record.key:
            known = self.conversations.get(record.key) or Conversation(id=record.key)
            received = Received(TOPICS[record.topic], record.partition, record.offset, record.envelope, record.data, self.watermark)
            event = meaning(received)
            if event.sequence <= known.sequence + 1:  # a gap is a violation of its own, told elsewhere
                self._keep(record.key, fold(known, event, watermark=self.watermark, book=BOOK))

    def _pass(self, watermark: datetime) -> None:
        if self.watermark is not None and watermark <= self.watermark:
            return
        self.watermark = watermark
        for id, conversation in list(self.conversations.items()):
            if conversation.next_instant and conversation.next_instant < watermark:
                self._keep(id, advance(conversation, watermark, BOOK))

    def _keep(self, id: str, step: tuple[Conversation, tuple[Fact, ...]]) -> None:
        self.conversations[id], facts = step
        self.found += [(self.conversations[id], fact) for fact in facts]


def told_by(evidence: Evidence) -> set[Told]:
    """Every fact that the log gives: a cycle's beginning, its being overdue, its end."""
    return {told for _, fact in found_in(evidence) if (told := _told(fact))}


def found_in(evidence: Evidence) -> list[tuple[Conversation, Fact]]:
    """Every fact, with the conversation after it."""
    partitions: dict[tuple[str, int], _Partition] = defaultdict(_Partition)
    for record in in_order(evidence.records):
        if record.topic in (TICKETS.name, INQUIRIES.name):
            partitions[record.topic, record.partition].take(record)
    return [found for each in partitions.values() for found in each.found]


def _told(fact: Fact) -> Told:
    match fact:
        case Expected(cycle):
            return ("expected", cycle.id, "")
        case Overdue(cycle):
            return ("overdue", cycle.id, "")
        case Settled(cycle, outcome):
            return ("settled", cycle.id, outcome.value)
    return ()
