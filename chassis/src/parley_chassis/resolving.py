"""Carries out what a person decided about parked records, at a place in the log that is written down."""

from typing import Any, Generic, TypeVar

from parley_contracts.topics import Topic

from parley_chassis.decisions import DECISIONS, OF_PARKED, Decision, Verb, finish, waiting
from parley_chassis.handlers import Handlers, Spoilt
from parley_chassis.inbox import Inbox
from parley_chassis.mongo.documents import Unit
from parley_chassis.mongo.transactions import Transactions
from parley_chassis.parking import PARKED, in_order

Tx = TypeVar("Tx")


class Resolver(Generic[Tx]):
    """Works through the decisions that wait in a service's database."""

    def __init__(self, transact: Transactions[Tx], handlers: Handlers[Tx], topics: dict[str, Topic]) -> None:
        self._transact = transact
        self._handlers = handlers
        self._topics = topics

    async def carry_out(self) -> int:
        """Carry out what is asked for, oldest first; returns how many."""
        asked = await waiting(self._transact.database, OF_PARKED)
        for decision in asked:
            await self._carry_out(decision)
        return len(asked)

    async def _carry_out(self, decision: Decision) -> None:
        doomed: dict[int, str] = {}
        while True:
            try:
                await self._transact.in_unit(lambda unit, tx: self._decide(unit, tx, decision, doomed))
            except Spoilt as spoilt:
                if spoilt.offset in doomed:
                    # Setting the record aside failed too: one decision must not hold up the others, nor the worker.
                    await finish(self._transact.database, decision.id, f"failed: {spoilt.reason}")
                    return
                doomed[spoilt.offset] = spoilt.reason
            else:
                return

    async def _decide(self, unit: Unit, tx: Tx, decision: Decision, doomed: dict[int, str]) -> None:
        row = await unit.documents(DECISIONS).get(decision.id)
        if row is None or row["done_at"] is not None:
            return
        parked = in_order(await unit.documents(PARKED).find({"topic": decision.topic, "subject": decision.subject}))
        topic = self._topics.get(decision.topic or "")
        done: dict[str, Any] = {"done_at": unit.now}
        if topic is None:
            done["result"] = "refused: this service does not read the topic"
        elif not parked:
            done["result"] = "refused: nothing of this subject is parked"
        elif decision.record not in (None, parked[0]["_id"]):
            done["result"] = "refused: another record of this subject is the first now; look again"
        else:
            inbox = Inbox(unit, tx, self._handlers, topic, parked[0]["partition"], doomed)
            await inbox.open()
            deciding = self._of_newest if topic.compacted else self._of_next
            done["result"] = await deciding(inbox, decision, parked[0])
            done |= {"partition": parked[0]["partition"], "offset": inbox.close()}
        unit.documents(DECISIONS).put(row | done)

    async def _of_next(self, inbox: Inbox[Tx], decision: Decision, first: dict[str, Any]) -> str:
        """About a subject with sequences, which stays frozen as long as anything of it is parked."""
        sequences = inbox.sequences
        subject = first["subject"]
        row = await sequences.row(subject)
        due = row["sequence"] + 1
        match decision.verb:
            case Verb.REDRIVE:
                if not await sequences.retry(first, row):
                    return f"still parked: {(await sequences.waiting(subject))[0]['reason']}"
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
        await sequences.follow(subject, row, first["offset"])
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
