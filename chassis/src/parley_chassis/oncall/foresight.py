"""What a decision would do, said before it is taken."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from parley_contracts.topics import TOPICS

from parley_chassis.decisions import OF_PARKED, Verb
from parley_chassis.mongo.driver import Database
from parley_chassis.outbox import OUTBOX
from parley_chassis.parking import Parked, parked
from parley_chassis.positions import POSITIONS, subject_id
from parley_chassis.relay.heart import watermark_state

MOST = 10_000
"""Parked records of one subject that are looked at."""

_COMPACTED = frozenset(topic.name for topic in TOPICS if topic.compacted)
_OF_CLOCKS = frozenset({"clock_skew", "clock_leap"})


@dataclass(frozen=True, slots=True)
class Foresight:
    """``touches`` in words. A decision that is not ``possible`` would be refused, or change nothing.

    ``record`` names the parked record that it would be about; the decision is refused if another one is the first by then.
    """

    verb: Verb
    possible: bool
    touches: str
    record: str | None = None


async def foresee(database: Database, verb: Verb, topic: str | None, subject: str | None) -> Foresight:
    """Look what the decision would meet now. A decision about parked records needs a topic and a subject, republish a subject."""
    if verb in OF_PARKED:
        return await _of_parked(database, verb, topic or "", subject or "")
    if verb is Verb.REPUBLISH:
        return await _of_outbox(database, subject or "")
    return await _of_watermark(database)


async def _of_parked(database: Database, verb: Verb, topic: str, subject: str) -> Foresight:
    waiting = await parked(database, topic=topic, subject=subject, limit=MOST)
    if not waiting:
        return Foresight(verb, False, "nothing of this subject is parked")
    if topic in _COMPACTED:
        possible, touches = _in_compacted(verb, waiting[0])
    else:
        row = await database[POSITIONS].find_one({"_id": subject_id(topic, subject)})
        possible, touches = _TOUCHED[verb](waiting, (row or {"sequence": 0})["sequence"] + 1)
    return Foresight(verb, possible, touches, waiting[0].id)


def _redriven(waiting: Sequence[Parked], due: int) -> tuple[bool, str]:
    if _behind_a_gap(waiting[0], due):
        return False, f"sequence {due} is missing before the first parked record; wait for it, republish it, or release the gap"
    return True, f"applies {_named(waiting[0])} again; where that succeeds {_followers(waiting)}"


def _discarded(waiting: Sequence[Parked], due: int) -> tuple[bool, str]:
    if _behind_a_gap(waiting[0], due):
        return False, f"sequence {due} is missing before the first parked record; release gives that one up"
    return True, f"{_named(waiting[0])} counts as read and is never applied; then {_followers(waiting)}"


def _released(waiting: Sequence[Parked], due: int) -> tuple[bool, str]:
    first = waiting[0].sequence
    if first is None or first <= due:
        return False, "no gap is before the first parked record; redrive or discard it"
    lost = f"sequence {due}" if first == due + 1 else f"sequences {due} to {first - 1}"
    return True, f"gives up {lost}; then {_named(waiting[0])} is applied and {_followers(waiting)}"


_TOUCHED: dict[Verb, Callable[[Sequence[Parked], int], tuple[bool, str]]] = {
    Verb.REDRIVE: _redriven,
    Verb.DISCARD: _discarded,
    Verb.RELEASE: _released,
}


def _in_compacted(verb: Verb, first: Parked) -> tuple[bool, str]:
    if verb is Verb.RELEASE:
        return False, "a compacted topic has no gaps; redrive or discard the record"
    if verb is Verb.DISCARD:
        return True, f"{_named(first)} counts as read and is never applied"
    return True, f"applies {_named(first)} again, unless a newer one of its subject was applied since"


def _behind_a_gap(first: Parked, due: int) -> bool:
    return first.sequence is not None and first.sequence > due


def _named(record: Parked) -> str:
    place = f"the record at partition {record.partition}, offset {record.offset}"
    return place if record.sequence is None else f"sequence {record.sequence}"


def _followers(waiting: Sequence[Parked]) -> str:
    behind = len(waiting) - 1
    return "the subject is free again" if not behind else f"{behind} parked behind it follow in order, as far as they can"


async def _of_outbox(database: Database, subject: str) -> Foresight:
    rows: list[dict[str, Any]] = await database[OUTBOX].find({"key": subject}, {"sequence": 1}).to_list(None)
    if not rows:
        return Foresight(Verb.REPUBLISH, False, "this service keeps no event of this subject; rows stay for seven days")
    sequences = sorted(row["sequence"] for row in rows if row["sequence"] is not None)
    which = f", sequences {sequences[0]} to {sequences[-1]}" if sequences else ""
    return Foresight(Verb.REPUBLISH, True, f"sends {len(rows)} events again{which}; readers drop what they have applied")


async def _of_watermark(database: Database) -> Foresight:
    state = await watermark_state(database)
    if state.held not in _OF_CLOCKS:
        return Foresight(Verb.ACCEPT_WATERMARK, False, "no watermark is held because of a clock")
    touches = f"the watermark, held for {state.held} at {state.at}, goes on by the database's clock until the clocks agree again"
    return Foresight(Verb.ACCEPT_WATERMARK, True, touches)
