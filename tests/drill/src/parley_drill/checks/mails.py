"""G6 and G7: everybody who must be told has a mail or an end that support can see, and no mail comes more often than it may."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from notifier.consumers.news import clock_news, conversation_news
from notifier.domain.rules import MarketRules
from notifier.domain.table import Cell, told
from notifier.domain.words import Audience
from parley_chassis.records import Received
from parley_contracts.conversation import ConversationEvent
from parley_contracts.sla import CycleEvent

from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence
from parley_drill.leaving import members_of
from parley_drill.log import TOPICS, Record
from parley_drill.marketplace import MARKETS

RULES = {market.id: MarketRules(id=market.id, language="en", domain="drill", queues={}) for market in MARKETS}
ENDED = ("sent", "rejected", "expired", "suppressed", "no_address", "obsolete", "folded", "unconfirmed", "erased")
_AGENTS = {market.id: sorted(each.id for each in market.agents) for market in MARKETS}
_MEMBERS = [member for market in MARKETS for member in market.members]


def check(evidence: Evidence) -> Iterator[Violation]:
    """The table of mails against the rows, the rows against what the mail server took over."""
    rows = evidence.rows.get("deliveries", [])
    yield from _told(evidence, rows)
    yield from _ended(rows)
    yield from _accepted(evidence, rows)


def _told(evidence: Evidence, rows: list[dict[str, Any]]) -> Iterator[Violation]:
    """Each (event, notice, audience) of the table has its rows, and no row is without such a reason."""
    made: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in rows:
        made[row["event_id"], row["notice"], row["audience"]].add(row["recipient"])
    due: set[tuple[str, str, str]] = set()
    for record in evidence.real:
        for audience, cell, names in expected(record):
            assert record.envelope is not None
            key = (record.envelope.id, str(cell.notice), str(audience))
            due.add(key)
            if made[key] not in names:
                what = f"{record.type} {record.envelope.id}: {cell.notice} to {audience} should be for {_either(names)}"
                yield Violation("I9 mail", "G6", f"{what}, there are rows for {sorted(made[key])}")
    for key in made.keys() - due:
        yield Violation("I10 phantom mail", "G7", f"there are rows for {key}, which nothing asks for")


def _either(names: list[set[str]]) -> str:
    return " or ".join(str(sorted(each)) for each in names)


def expected(record: Record) -> Iterator[tuple[Audience, Cell, list[set[str]]]]:
    """The mails that an event causes, with the sets of recipients that would be right."""
    if record.envelope is None or not isinstance(record.data, ConversationEvent | CycleEvent):
        return
    received = Received(TOPICS[record.topic], record.partition, record.offset, record.envelope, record.data, None)
    if isinstance(record.data, ConversationEvent):
        news, _ = conversation_news(received, RULES)
    else:
        news = clock_news(received, RULES)
    for audience, cell in told(news.kind, news.variant, news.author, news.handler).items():
        if audience is Audience.COPY:  # the drill's markets want no copies
            continue
        names = _recipients(audience, record.data)
        if not cell.notice.to_its_author:
            names = [each - {f"party:{news.actor_id}"} for each in names]
        yield audience, cell, names


def _recipients(audience: Audience, said: Any) -> list[set[str]]:
    if audience is Audience.BUYER:
        return [{f"party:{said.buyer_id}"}]
    if audience is Audience.SELLER:
        known = {member.id for member in _MEMBERS if member.shop == said.seller_id}
        return [{f"party:{id}" for id in members} for members in ([known] if known else members_of(said.seller_id))]
    if audience is Audience.ONCALL:
        return [{f"queue:oncall:{said.market}"}]
    # The clock's events come on another topic: who had the conversation when they were read, the log does not say.
    queue = {f"queue:support:{said.market}"}
    if isinstance(said, CycleEvent):
        return [queue, *({f"party:{each}"} for each in _AGENTS[said.market])]
    return [{f"party:{said.agent_id}"} if said.agent_id else queue]


def _ended(rows: list[dict[str, Any]]) -> Iterator[Violation]:
    for row in rows:
        if row["state"] not in ENDED:
            yield Violation("I9 mail", "G6", f"delivery {row['_id']} ({row['notice']}) never ended: {row['state']}")


def _accepted(evidence: Evidence, rows: list[dict[str, Any]]) -> Iterator[Violation]:
    copies = Counter(mail["message_id"] for mail in evidence.mails)
    readers: dict[str, set[str]] = defaultdict(set)
    for mail in evidence.mails:
        readers[mail["message_id"]].add(mail["to"])
    addresses = {row["_id"]: row.get("address") for row in evidence.rows.get("people", [])}
    addresses |= {each["id"]: each["address"] for each in evidence.erasures}
    known = {row["message_id"]: row for row in rows}
    for row in rows:
        count, allowed = copies[row["message_id"]], 1 + row["ambiguous"]
        if row["state"] == "sent" and not count:
            yield Violation("I9 lost mail", "G6", f"delivery {row['_id']} says sent, and the mail server never had it")
        if count > allowed:
            yield Violation("I10 copies", "G7", f"delivery {row['_id']} was taken over {count} times, {allowed} are allowed")
        kind, _, id = row["recipient"].partition(":")
        if count and kind == "party" and readers[row["message_id"]] != {addresses.get(id)}:
            yield Violation("I10 recipient", "G7", f"delivery {row['_id']} of {row['recipient']} went to {readers[row['message_id']]}")
    for message_id in copies.keys() - known.keys():
        yield Violation("I10 phantom mail", "G7", f"the mail server took {message_id}, which no delivery has")
