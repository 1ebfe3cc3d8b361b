"""G15: of somebody who was erased nothing is left in any database, on any topic or in any log, and nobody mails them any more."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from parley_chassis.inbox import ERASED_KEPT
from parley_chassis.positions import subject_id
from parley_contracts.topics import GUESTS, ORDERS, PARTIES, Tier, Topic

from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence
from parley_drill.leaving import Marks
from parley_drill.log import EVERY, Record, in_order

ON_ITS_WAY = 30.0
"""Seconds after an erasure in which the mail server may still get a text that was leaving: its sender may have been frozen."""

OVERLAPPING = 10.0
"""Seconds within which a row may have been made and sent beside the transaction of the erasure, which cannot see it."""

_HEAR = ("ticketing", "inquiries", "notifier")


def check(evidence: Evidence) -> Iterator[Violation]:
    """What was found where, and who had not heard of the erasure."""
    if evidence.erasures and not any(each["before"] for each in evidence.erasures):
        yield Violation("I22 blind", "G15", "nothing of anybody was found before the erasures: that nothing is found now proves nothing")
    for who in unheard(evidence):
        yield Violation("I22 unheard", "G15", who)
    for trace in evidence.traces:
        where = f"{trace['database']}.{trace['collection']} {trace['row']}"
        yield Violation("I22 trace", "G15", f"{trace['what']} of {trace['of']} is left in {where}")
    for trace in evidence.said.get("traces", []):
        yield Violation("I22 log", "G15", f"{trace['what']} of {trace['of']} stands in {trace['file']}, line {trace['line']}")
    yield from _topics(evidence)
    yield from _mails(evidence)


def unheard(evidence: Evidence) -> list[str]:
    """Which service has not applied which erasure."""
    erased = {(row["database"], row["_id"]) for row in evidence.rows.get("positions", []) if row.get("expires")}
    places: list[tuple[str, Topic, str]] = []
    for each in evidence.erasures:
        places += [(service, PARTIES, each["id"]) for service in _HEAR]
        places += [("ticketing", ORDERS, order) for order in each.get("orders", ())]
        places += [("notifier", GUESTS, each["id"])] if each["kind"] == "guest" else []
    return [
        f"{service} has not applied the erasure of {subject} on {topic.name}"
        for service, topic, subject in places
        if (service, subject_id(topic.name, subject)) not in erased
    ]


def _topics(evidence: Evidence) -> Iterator[Violation]:
    """A public topic never has anything; on a restricted one a tombstone follows, with which compaction takes all that came before."""
    if not evidence.erasures:
        return
    marks, left = Marks(evidence.erasures), defaultdict[tuple[str, str | None], set[tuple[str, str]]](set)
    told: set[str] = set()
    for record in in_order([*evidence.records, *evidence.others]):
        found, place = _found(record, marks), (record.topic, record.key)
        told |= {whose for whose, _ in found}
        if EVERY[record.topic].tier is Tier.PUBLIC and found:
            yield Violation("I22 topic", "G15", f"{_whose(found)} stands on {record.topic}, {record.partition}/{record.offset}")
        elif record.key is not None and record.value is None and not found:
            left[place].clear()
        else:
            left[place] |= found
    for (topic, key), found in left.items():
        if found:
            yield Violation("I22 topic", "G15", f"{_whose(found)} stays on {topic}: no tombstone follows the records of {key}")
    for each in evidence.erasures:
        # A guest may be erased before the address has left the outbox.
        if each["kind"] != "guest" and each["id"] not in told:
            yield Violation("I22 blind", "G15", f"no record of {each['id']} was found on any topic, and the marketplace told of them")


def _found(record: Record, marks: Marks) -> set[tuple[str, str]]:
    headers = (part for name, value in record.headers for part in (name.encode(), value))
    return marks.found((record.key or "").encode(), record.value, *headers)


def _whose(found: set[tuple[str, str]]) -> str:
    return ", ".join(f"{what} of {whose}" for whose, what in sorted(found))


def _mails(evidence: Evidence) -> Iterator[Violation]:
    """By the notifier's own time of the erasure: where clocks jump, nothing can be said."""
    if any(fault["kind"] == "clock-jump" for fault in evidence.faults):
        return
    moments = _moments(evidence)
    for row in evidence.rows.get("deliveries", []):
        moment = moments.get(row["recipient"].removeprefix("party:"))
        if moment and row["state"] == "sent" and (late := row["ended"].timestamp() - moment) > OVERLAPPING:
            what = f"delivery {row['_id']} to {row['recipient']} was sent {late:.0f} s after its recipient was erased"
            yield Violation("I22 mail", "G15", what)
    addresses = {each["address"]: moments.get(each["id"]) for each in evidence.erasures if each["address"]}
    for mail in evidence.mails:
        moment = addresses.get(mail["to"])
        if moment and (late := mail["at"] - moment) > ON_ITS_WAY:
            yield Violation("I22 mail", "G15", f"{mail['message_id']} was handed over {late:.0f} s after its recipient was erased")


def _moments(evidence: Evidence) -> dict[str, float]:
    """When the notifier first applied the erasure of whom: it keeps until when it will know."""
    found: dict[str, float] = {}
    for row in evidence.rows.get("positions", []):
        topic, _, subject = row["_id"].partition("/")
        if row["database"] == "notifier" and row.get("expires") and topic in (PARTIES.name, GUESTS.name):
            at = (row["expires"] - ERASED_KEPT).timestamp()
            found[subject] = min(at, found.get(subject, at))
    return found


def figures(evidence: Evidence) -> dict[str, Any]:
    """How many people were erased, and how many places were looked at for what is left of them."""
    return {
        "people": len(evidence.erasures),
        "rows searched": sum(line["rows"] for line in evidence.searched),
        "records searched": len(evidence.records) + len(evidence.others) if evidence.erasures else 0,
        "log lines searched": evidence.said.get("lines", 0),
        "traces": len({violation.what for violation in check(evidence)}),
    }
