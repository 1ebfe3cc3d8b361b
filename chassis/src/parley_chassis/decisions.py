"""Carries out what a person decided about parked records, at a place in the log that is written down."""

from typing import Any, Generic, TypeVar

from parley_contracts.topics import Topic

from parley_chassis.handlers import Handlers, Spoilt
from parley_chassis.inbox import Inbox
from parley_chassis.mongo.documents import Unit
from parley_chassis.mongo.transactions import Transactions
from parley_chassis.parking import DECISIONS, PARKED, Decision, Verb, decision_of, in_order

Tx = TypeVar("Tx")


class Decisions(Generic[Tx]):
    """The decisions that wait in a service's database."""

    def __init__(self, transact: Transactions[Tx], handlers: Handlers[Tx], topics: dict[str, Topic]) -> None:
        self._transact = transact
        self._handlers = handlers
        self._topics = topics

    async def carry_out(self) -> int:
        """Carry out what is asked for, oldest first; returns how many."""
        waiting = self._transact.database[DECISIONS].find({"done_at": None}).sort("asked_at", 1)
        rows = await waiting.to_list(None)
        for row in rows:
            await self._carry_out(decision_of(row))
        return len(rows)

    async def _carry_out(self, decision: Decision) -> None:
        doomed: dict[int, str] = {}
        while True:
            try:
                await self._transact.in_unit(lambda unit, tx: self._decide(unit, tx, decision, doomed))
            except Spoilt as spoilt:
                if spoilt.offset in doomed:
                    raise
                doomed[spoilt.offset] = spoilt.reason
            else:
                return

    async def _decide(self, unit: Unit, tx: Tx, decision: Decision, doomed: dict[int, str]) -> None:
        row = await unit.documents(DECISIONS).get(decision.id)
        if row is None or row["done_at"] is not None:
            return
        waiting = in_order(await unit.documents(PARKED).find({"topic": decision.topic, "subject": decision.subject}))
        topic = self._topics.get(decision.topic)
        done: dict[str, Any] = {"done_at": unit.now}
        if topic is None:
            done["result"] = "refused: this service does not read the topic"
        elif not waiting:
            done["result"] = "refused: nothing of this subject is parked"
        else:
            inbox = Inbox(unit, tx, self._handlers, topic, waiting[0]["partition"], doomed)
            await inbox.open()
            deciding = self._of_newest if topic.compacted else self._of_next
            done["result"] = await deciding(inbox, decision, waiting[0])
            done |= {"partition": waiting[0]["partition"], "offset": inbox.close()}
        unit.documents(DECISIONS).put(row | done)

    async def _of_next(self, inbox: Inbox[Tx], decision: Decision, first: dict[str, Any]) -> str:
        """About a subject with sequences, which stays frozen as long as anything of it is parked."""
        sequences = inbox.sequences
        row = await sequences.row(decision.subject)
        due = row["sequence"] + 1
        match decision.verb:
            case Verb.REDRIVE:
                if not await sequences.retry(first, row):
                    return f"still parked: {(await sequences.waiting(decision.subject))[0]['reason']}"
            case Verb.DISCARD:
                if first["sequence"] not in (None, due):
                    return f"refused: sequence {due} is missing before it; release gives that one up"
                if first["sequence"] is not None:
                    row |= {"sequence": due, "event": None}
                sequences.drop(first)
            case Verb.RELEASE:
                if first["sequence"] in (None, due):
                    return "refused: no gap is before the first parked record; redrive or discard it"
                row |= {"sequence": first["sequence"] - 1, "event": None}
        await sequences.follow(decision.subject, row, first["offset"])
        return "done"

    async def _of_newest(self, inbox: Inbox[Tx], decision: Decision, first: dict[str, Any]) -> str:
        """About a subject of a compacted topic, of which nothing waits."""
        if decision.verb is Verb.RELEASE:
            return "refused: a compacted topic has no gaps; redrive or discard the record"
        if decision.verb is Verb.REDRIVE:
            reason = await inbox.again(first)
            if reason is not None:
                return f"still parked: {reason}"
        inbox.sequences.drop(first)
        return "done"
