"""Conversations as documents, and the indexes of the lists."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from parley_chassis.mongo import Index, Unit, beyond

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.people import Actor
from parley_conversation.domain.rating import Rating
from parley_conversation.domain.standing import About
from parley_conversation.domain.waits import Said, Wait, Waits
from parley_conversation.domain.words import (
    Category,
    CloseReason,
    EscalationReason,
    Kind,
    Role,
    Side,
    State,
)
from parley_conversation.ports import COUNTED_UP_TO, Listing, Scope

CONVERSATIONS = "conversations"
LISTED = {"buyer_wrote_at": {"$gte": datetime(1970, 1, 1, tzinfo=UTC)}}
UNLISTED = {"buyer_wrote_at": None}
"""The threads of order notes: a shop may write one on each order, so no list reads its way through them."""

INDEXES = (
    *(
        Index(
            CONVERSATIONS,
            [(whose, 1), *by, ("since", 1), ("_id", 1)],
            where=LISTED,
            name=f"listed_{whose}{''.join(f'_{key}' for key, _ in by)}",
        )
        for whose in ("buyer_id", "seller_id", "market")
        for by in ([("state", 1)], [])
    ),
    *(
        Index(CONVERSATIONS, [(whose, 1), ("since", 1), ("_id", 1)], where=UNLISTED, name=f"unlisted_{whose}")
        for whose in ("buyer_id", "seller_id")
    ),
    Index(CONVERSATIONS, [("market", 1), ("changed_at", 1), ("_id", 1)], where=UNLISTED, name="unlisted_market"),
)


class MongoConversations:
    """Conversations of one transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._documents = unit.documents(CONVERSATIONS)

    async def get(self, id: str) -> Conversation | None:
        document = await self._documents.get(id)
        return conversation_of(document) if document else None

    async def load(self, ids: Iterable[str]) -> None:
        await self._documents.load(ids)

    def put(self, conversation: Conversation) -> None:
        self._documents.put(document_of(conversation))

    async def not_erased(self, buyer_id: str, *, before: datetime | None, limit: int) -> tuple[Conversation, ...]:
        filter: dict[str, Any] = {"buyer_id": buyer_id, "close_reason": {"$ne": CloseReason.ERASED.value}}
        if before is not None:
            filter["opened_at"] = {"$lt": before}
        return await self._oldest(_listed_or_not(filter), limit)

    async def left_to(self, seller_id: str, *, limit: int) -> tuple[Conversation, ...]:
        awaited = [state.value for state in (State.AWAITING_SELLER, State.AWAITING_BUYER, State.CLOSED)]
        filter = {"seller_id": seller_id, "state": {"$in": awaited}, "handler": Side.SELLER.value}
        return await self._oldest(_listed_or_not(filter), limit)

    async def ended(self, market: str, *, before: datetime, limit: int) -> tuple[Conversation, ...]:
        over = [state.value for state in (State.CLOSED, State.FINAL)]
        return await self._oldest({"market": market, "state": {"$in": over}, "since": {"$lt": before}} | LISTED, limit)

    async def untouched(self, market: str, *, before: datetime, limit: int) -> tuple[Conversation, ...]:
        return await self._oldest({"market": market, "changed_at": {"$lt": before}} | UNLISTED, limit, by="changed_at")

    async def page(self, listing: Listing) -> tuple[Conversation, ...]:
        direction = 1 if listing.oldest_first else -1
        order = [("since", direction), ("_id", direction)]
        filter = _whose(listing.scope)
        if listing.state:
            filter["state"] = listing.state.value
        if listing.category:
            filter["category"] = listing.category.value
        place = (listing.after.since, listing.after.id) if listing.after else None
        rows = await self._documents.find({"$and": [filter, beyond(order, place)]}, sort=order, limit=listing.limit)
        return tuple(conversation_of(row) for row in rows)

    async def counts(self, scope: Scope) -> Mapping[State, int]:
        await self._documents.flush()
        collection, session = self._unit.database[CONVERSATIONS], self._unit.session
        return {
            state: await collection.count_documents({**_whose(scope), "state": state.value}, limit=COUNTED_UP_TO, session=session)
            for state in State
        }

    async def _oldest(self, filter: Mapping[str, Any], limit: int, *, by: str = "since") -> tuple[Conversation, ...]:
        rows = await self._documents.find(filter, sort=[(by, 1), ("_id", 1)], limit=limit)
        return tuple(conversation_of(row) for row in rows)


def _whose(scope: Scope) -> dict[str, Any]:
    if scope.buyer_id is not None:
        return {"buyer_id": scope.buyer_id} | LISTED
    if scope.seller_ids is not None:
        return {"seller_id": {"$in": sorted(scope.seller_ids)}, "routed_only": False} | LISTED
    return {"market": {"$in": sorted(scope.markets or ())}} | LISTED


def _listed_or_not(filter: Mapping[str, Any]) -> dict[str, Any]:
    """All of them, each half by its own index."""
    return {"$or": [{**filter, **LISTED}, {**filter, **UNLISTED}]}


def document_of(it: Conversation) -> dict[str, Any]:
    """The whole conversation as one document; its waits stand in it, so that one write moves all."""
    return {
        "_id": it.id,
        "kind": it.kind.value,
        "category": it.category.value,
        "problem_type": it.problem_type,
        "market": it.market,
        "buyer_id": it.buyer.id,
        "buyer_role": it.buyer.role.value,
        "seller_id": it.seller_id,
        "about": {name: value for name in About.__slots__ if (value := getattr(it.about, name))},
        "language": it.language,
        "opened_at": it.opened_at,
        "first_event_id": it.first_event_id,
        "state": it.state.value,
        "since": it.since,
        "changed_at": it.changed_at,
        "sequence": it.sequence,
        "handler": it.handler.value,
        "waits": {
            "open": [_row_of(wait) for wait in it.waits.open],
            "unanswered": it.waits.unanswered,
            "moved_at": it.waits.moved_at,
            "said": [[said.id, said.waits] for said in it.waits.said],
            "ended": [_row_of(wait) for wait in it.waits.ended],
        },
        "escalation": it.escalation and it.escalation.value,
        "routed_only": it.routed_only,
        "agent_id": it.agent_id,
        "assignee_id": it.assignee_id,
        "answered": sorted(side.value for side in it.answered),
        "buyer_wrote_at": it.buyer_wrote_at,
        "close_reason": it.close_reason and it.close_reason.value,
        "last_answer": it.last_answer and it.last_answer.value,
        "rating": asdict(it.rating) if it.rating else None,
    }


def conversation_of(row: Mapping[str, Any]) -> Conversation:
    """The conversation that the document holds."""
    about, waits = row["about"], row["waits"]
    return Conversation(
        id=row["_id"],
        kind=Kind(row["kind"]),
        category=Category(row["category"]),
        problem_type=row["problem_type"],
        market=row["market"],
        buyer=Actor(row["buyer_id"], Role(row["buyer_role"])),
        seller_id=row["seller_id"],
        about=About(**{**about, "line_ids": tuple(about.get("line_ids", ()))}),
        language=row["language"],
        opened_at=row["opened_at"],
        first_event_id=row["first_event_id"],
        state=State(row["state"]),
        since=row["since"],
        changed_at=row["changed_at"],
        sequence=row["sequence"],
        handler=Side(row["handler"]),
        waits=Waits(
            open=tuple(_wait_of(wait) for wait in waits["open"]),
            unanswered=waits["unanswered"],
            moved_at=waits["moved_at"],
            said=tuple(Said(id, waits) for id, waits in waits.get("said", ())),
            ended=tuple(_wait_of(wait) for wait in waits.get("ended", ())),
        ),
        escalation=EscalationReason(row["escalation"]) if row["escalation"] else None,
        routed_only=row["routed_only"],
        agent_id=row["agent_id"],
        assignee_id=row["assignee_id"],
        answered=frozenset(Side(side) for side in row["answered"]),
        buyer_wrote_at=row["buyer_wrote_at"],
        close_reason=CloseReason(row["close_reason"]) if row["close_reason"] else None,
        last_answer=Side(row["last_answer"]) if row.get("last_answer") else None,
        rating=Rating(**row["rating"]) if row.get("rating") else None,
    )


def _row_of(wait: Wait) -> dict[str, Any]:
    return {name: getattr(wait, name) for name in Wait.__slots__} | {"owed_by": wait.owed_by.value}


def _wait_of(row: Mapping[str, Any]) -> Wait:
    return Wait(**{**row, "owed_by": Side(row["owed_by"])})
