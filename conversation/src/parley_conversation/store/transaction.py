"""One transaction of a service that keeps conversations, and the smaller things in it: parties, links, reactions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from parley_chassis.mongo import Index, Unit
from parley_chassis.positions import born
from parley_contracts import topics
from parley_contracts.envelope import Envelope
from parley_contracts.topics import Topic

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.facts import Fact
from parley_conversation.domain.links import LinkRecord, Revoker
from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.parties import Party, PartyKind
from parley_conversation.domain.words import Side
from parley_conversation.ports import Unchanged
from parley_conversation.store.conversations import CONVERSATIONS, MongoConversations
from parley_conversation.store.images import MongoImages
from parley_conversation.store.messages import HISTORY, MESSAGES, MongoHistory, MongoMessages
from parley_conversation.store.templates import MongoTemplates
from parley_conversation.store.writers import Writers

PARTIES, LINKS, REACTIONS = "parties", "links", "reactions"
REMOVED = "removed_conversations"
MOST_OF_A_TEAM = 200

INDEXES = (
    # How long a person's erasure is remembered, so that an older record cannot undo it.
    Index(PARTIES, [("erased_at", 1)], expire_after=timedelta(days=30)),
    *(Index(PARTIES, [("kind", 1), (whose, 1), ("display_name", 1), ("_id", 1)]) for whose in ("seller_id", "market")),
    Index(PARTIES, [("look_again", 1)], where={"look_again": {"$exists": True}}),
    Index(REACTIONS, [("conversation_id", 1), ("at", 1)]),
)

Publish = Callable[[Conversation, Fact, str], Envelope]
"""Makes the service's event of a fact; the last argument is its cause."""


class MongoTransaction:
    """What the kernel's use cases read and write. A service adds its own, and says when a seller may write unasked."""

    def __init__(self, unit: Unit, *, markets: Mapping[str, MarketRules], writers: Writers, publish: Publish, topic: Topic) -> None:
        self.unit = unit
        self.now = unit.now
        self.markets = markets
        self.writers = writers
        self.conversations = MongoConversations(unit)
        self.messages = MongoMessages(unit)
        self.images = MongoImages(unit)
        self.templates = MongoTemplates(unit)
        self.history = MongoHistory(unit)
        self.parties = MongoParties(unit)
        self.links = MongoLinks(unit)
        self.traces = _Traces(unit, self.images)
        self.facts = _Facts(unit, publish, topic)
        self.reactions = _Reactions(unit)

    async def prefetch(self, ids: Sequence[str]) -> None:
        """Read what commands that share this transaction are about, whatever of it each id names."""
        await self.conversations.load(ids)
        await self.parties.load(ids)


class MongoParties:
    """Parties as the marketplace told them; an erased one leaves its id and the time, and has no kind."""

    def __init__(self, unit: Unit) -> None:
        self._outbox = unit.outbox
        self._documents = unit.documents(PARTIES)

    async def get(self, id: str) -> Party | None:
        row = await self._documents.get(id)
        return _party_of(row) if row and "kind" in row else None

    async def is_erased(self, id: str) -> bool:
        row = await self._documents.get(id)
        return row is not None and "kind" not in row

    async def claim(self, id: str) -> None:
        row = await self._documents.get(id)
        if row is not None:
            self._documents.put({**row, "claims": row.get("claims", 0) + 1})

    async def load(self, ids: Iterable[str]) -> None:
        await self._documents.load(ids)

    async def team(self, side: Side, *, seller_id: str, market: str) -> tuple[Party, ...]:
        whose = {"kind": "member", "seller_id": seller_id} if side is Side.SELLER else {"kind": "support", "market": market}
        rows = await self._documents.find(whose, sort=[("display_name", 1), ("_id", 1)], limit=MOST_OF_A_TEAM)
        return tuple(_party_of(row) for row in rows)

    async def time_of(self, id: str) -> datetime | None:
        row = await self._documents.get(id)
        return row["time"] if row else None

    def put(self, party: Party) -> None:
        self._documents.put(
            {
                "_id": party.id,
                "kind": party.kind.value,
                "display_name": party.display_name,
                "market": party.market,
                "time": party.time,
                "seller_id": party.seller_id,
                "language": party.language,
                "country": party.country,
                "has_account": party.has_account,
            }
        )

    def erase(self, id: str, at: datetime) -> None:
        self._documents.put({"_id": id, "time": at, "erased_at": at})
        self._outbox.withdraw(topics.PARTIES, id)

    async def is_shop(self, id: str) -> bool:
        row = await self._documents.get(id)
        return row is not None and (row.get("kind") == PartyKind.SELLER.value or "closed" in row)

    def close(self, id: str, at: datetime, *, look_again: datetime) -> None:
        self._documents.put({"_id": id, "time": at, "closed": True, "look_again": look_again})
        self._outbox.withdraw(topics.PARTIES, id)

    async def to_look_at(self, before: datetime, *, limit: int) -> tuple[str, ...]:
        rows = await self._documents.find({"look_again": {"$lt": before}}, sort=[("look_again", 1)], limit=limit)
        return tuple(row["_id"] for row in rows)

    async def looked_at(self, id: str) -> None:
        row = await self._documents.get(id) or {}
        self._documents.put({name: value for name, value in row.items() if name != "look_again"})


class MongoLinks:
    """What is known about a party's links; the id of the record is the pair."""

    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(LINKS)

    async def get(self, party_id: str, conversation_id: str | None) -> LinkRecord:
        row = await self._documents.get(_link_id(party_id, conversation_id))
        if row is None:
            return LinkRecord(party_id=party_id, conversation_id=conversation_id)
        return LinkRecord(
            party_id=party_id,
            conversation_id=conversation_id,
            valid_from=row["valid_from"],
            revoked_by=Revoker(row["revoked_by"]) if row["revoked_by"] else None,
            renewed=tuple(row["renewed"]),
        )

    def put(self, record: LinkRecord) -> None:
        self._documents.put(
            {
                "_id": _link_id(record.party_id, record.conversation_id),
                "valid_from": record.valid_from,
                "revoked_by": record.revoked_by and record.revoked_by.value,
                "renewed": list(record.renewed),
            }
        )


def _link_id(party_id: str, conversation_id: str | None) -> str:
    # The conversation's id is ours and has no bar, so no two pairs make one text.
    return f"{conversation_id or ''}|{party_id}"


class _Traces:
    """What is kept of a conversation, in whatever collection."""

    def __init__(self, unit: Unit, images: MongoImages) -> None:
        self._unit = unit
        self._images = images

    async def remove(self, conversation_ids: Sequence[str]) -> None:
        await self._images.erase(conversation_ids)
        about: dict[str, Any] = {"conversation_id": {"$in": list(conversation_ids)}}
        for collection, filter in (
            (CONVERSATIONS, {"_id": {"$in": list(conversation_ids)}}),
            *((name, about) for name in (MESSAGES, HISTORY, REACTIONS)),
            # The bar of a record's id is followed by the next letter of all: a range that the index of ids has.
            *((LINKS, {"_id": {"$gte": f"{id}|", "$lt": f"{id}}}"}}) for id in conversation_ids),
        ):
            documents = self._unit.documents(collection)
            for row in await documents.find(filter):
                documents.remove(row["_id"])
                # Of an import, of an order's thread: those may begin again.
                if collection == CONVERSATIONS and born(row["_id"]) is None:
                    self._unit.documents(REMOVED).put({"_id": row["_id"], "sequence": row["sequence"]})

    async def last_sequence(self, conversation_id: str) -> int:
        row = await self._unit.documents(REMOVED).get(conversation_id)
        return row["sequence"] if row else 0


class _Facts:
    def __init__(self, unit: Unit, publish: Publish, topic: Topic) -> None:
        self._unit = unit
        self._publish = publish
        self._topic = topic

    def add(self, conversation: Conversation, fact: Fact, cause: str) -> None:
        self._unit.outbox.add(self._publish(conversation, fact, cause), self._topic)


class _Reactions:
    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(REACTIONS)

    def unchanged(self, record: Unchanged) -> None:
        self._documents.put(
            {
                "_id": record.event_id,
                "conversation_id": record.conversation_id,
                "cycle_id": record.cycle_id,
                "reason": record.reason.value,
                "at": record.at,
            }
        )


def _party_of(row: Mapping[str, Any]) -> Party:
    return Party(
        id=row["_id"],
        kind=PartyKind(row["kind"]),
        display_name=row["display_name"],
        market=row["market"],
        time=row["time"],
        seller_id=row["seller_id"],
        language=row["language"],
        country=row["country"],
        has_account=row["has_account"],
    )
