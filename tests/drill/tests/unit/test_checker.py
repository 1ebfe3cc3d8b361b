"""The checker finds each broken promise in a small world that was spoilt by exactly that, and nothing in one that was not."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from parley_contracts.topics import RESPONSES, TICKETS
from parley_drill.evidence import Evidence
from parley_drill.log import Record
from parley_drill.verdict import judge
from parley_drill.world import World, at

IN_TIME, LATE, NEVER = (f"0199aaaa-0000-7000-8000-00000000000{n}" for n in range(3))


def world() -> World:
    """Three tickets with a target of six seconds: one answered in time, one late, one never."""
    made = World()
    for ticket in (IN_TIME, LATE, NEVER):
        made.opened(ticket, 1)
    made.answered(IN_TIME, 5)
    made.watermark(6)
    made.answered(LATE, 8)
    made.watermark(20)
    return made


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    verdict = judge(world().evidence())

    assert verdict.word == "kept", verdict.violations
    assert verdict.figures["overdue"] == 2
    assert verdict.figures["mails accepted"] == verdict.figures["mails expected"] > 0


def test_what_has_not_settled_is_not_called_lost() -> None:
    evidence = world().evidence()
    evidence.drained = {"settled": False}
    del evidence.rows["effects"][0]

    assert judge(evidence).word == "not drained"


def row(evidence: Evidence, collection: str, **wanted: Any) -> dict[str, Any]:
    """The first row that has this."""
    return next(each for each in evidence.rows[collection] if all(each.get(name) == value for name, value in wanted.items()))


def of(evidence: Evidence, type: str, key: str) -> Record:
    return next(record for record in evidence.records if record.type == type and record.key == key)


def answered_and_lost(evidence: Evidence) -> None:
    evidence.rows["outbox"].remove(row(evidence, "outbox", key=IN_TIME, type="parley.reply.posted.v1"))


def refused_and_done(evidence: Evidence) -> None:
    evidence.history[0] |= {"outcome": "refused", "version": None}


def acted_twice(evidence: Evidence) -> None:
    first = row(evidence, "outbox", key=IN_TIME, type="parley.reply.posted.v1")
    evidence.rows["outbox"].append({**first, "_id": "another", "sequence": 3})
    row(evidence, "conversations", _id=IN_TIME)["sequence"] = 3


def answered_differently(evidence: Evidence) -> None:
    evidence.history.append({**evidence.history[0], "digest": "another"})


def shown_before_its_time(evidence: Evidence) -> None:
    answered = evidence.history[-1]
    stale = {"kind": "read", "version": answered["version"] - 1, "began": answered["at"] + 0.1, "at": answered["at"] + 0.2}
    evidence.history.append({**answered, **stale})


def changed_without_an_event(evidence: Evidence) -> None:
    row(evidence, "conversations", _id=NEVER)["sequence"] = 2


def dropped_record(evidence: Evidence) -> None:
    evidence.records.remove(of(evidence, "parley.reply.posted.v1", IN_TIME))


def published_and_never_committed(evidence: Evidence) -> None:
    evidence.rows["outbox"].remove(row(evidence, "outbox", topic=RESPONSES.name))


def swapped_sequences(evidence: Evidence) -> None:
    first, second = of(evidence, "parley.ticket.created.v1", LATE), of(evidence, "parley.reply.posted.v1", LATE)
    for record, other in ((first, second), (second, first)):
        evidence.records[evidence.records.index(record)] = replace(record, offset=other.offset)


def wrong_partition(evidence: Evidence) -> None:
    record = of(evidence, "parley.reply.posted.v1", IN_TIME)
    evidence.records[evidence.records.index(record)] = replace(record, partition=(record.partition + 1) % 6, offset=1000)


def behind_its_watermark(evidence: Evidence) -> None:
    record = of(evidence, "parley.reply.posted.v1", IN_TIME)
    evidence.records[evidence.records.index(record)] = replace(record, offset=1000)


def effect_lost(evidence: Evidence) -> None:
    del evidence.rows["effects"][0]


def effect_repeated(evidence: Evidence) -> None:
    evidence.rows["effects"].append(evidence.rows["effects"][0])


def effect_of_nothing(evidence: Evidence) -> None:
    evidence.rows["effects"].append({**evidence.rows["effects"][0], "event": "unheard of"})


def place_behind(evidence: Evidence) -> None:
    row(evidence, "positions", database="notifier", _id=f"{TICKETS.name}/{IN_TIME}")["sequence"] = 1


def parked_for_no_reason(evidence: Evidence) -> None:
    evidence.rows["parked"].append({"database": "sla_monitor", "topic": TICKETS.name, "subject": NEVER, "sequence": 1})


def mail_not_made(evidence: Evidence) -> None:
    del evidence.rows["deliveries"][0]


def mail_never_ended(evidence: Evidence) -> None:
    evidence.rows["deliveries"][0]["state"] = "pending"


def mail_said_to_be_sent(evidence: Evidence) -> None:
    del evidence.mails[0]


def mail_sent_twice(evidence: Evidence) -> None:
    evidence.mails.append(evidence.mails[0])


def mail_with_a_new_message_id(evidence: Evidence) -> None:
    evidence.rows["deliveries"][0]["ambiguous"] = 1
    evidence.mails.append({**evidence.mails[0], "message_id": "d-another@drill"})


def mail_to_somebody_else(evidence: Evidence) -> None:
    evidence.mails[0]["to"] = "somebody@example.org"


def mail_about_nothing(evidence: Evidence) -> None:
    evidence.rows["deliveries"].append(
        {**evidence.rows["deliveries"][0], "notice": "refund", "message_id": "d-refund@drill", "state": "folded"}
    )


def overdue_although_answered(evidence: Evidence) -> None:
    """What a sweep by the wall clock does: the fact is there, and an answer in time as well."""
    record = of(evidence, "parley.response.overdue.v1", NEVER)
    expected = of(evidence, "parley.response.expected.v1", IN_TIME)
    said = record.data.model_copy(update={"cycle_id": expected.data.cycle_id})
    _add_response(evidence, record, IN_TIME, said.model_dump_json().encode())


def overdue_without_proof(evidence: Evidence) -> None:
    record = of(evidence, "parley.response.overdue.v1", NEVER)
    said = record.data.model_copy(update={"proof": at(13.37)})
    evidence.records[evidence.records.index(record)] = replace(record, value=said.model_dump_json().encode())


def overdue_not_told(evidence: Evidence) -> None:
    record = of(evidence, "parley.response.overdue.v1", NEVER)
    evidence.records.remove(record)
    evidence.rows["outbox"].remove(row(evidence, "outbox", _id=record.envelope.id if record.envelope else ""))


def overdue_twice(evidence: Evidence) -> None:
    record = of(evidence, "parley.response.overdue.v1", NEVER)
    _add_response(evidence, record, NEVER, record.value or b"")


def overdue_and_nobody_took_over(evidence: Evidence) -> None:
    evidence.rows["reactions"].clear()


def taken_back(evidence: Evidence) -> None:
    record = of(evidence, "parley.response.overdue.v1", LATE)
    said = {**record.data.model_dump(mode="json"), "reason": "answered_in_time"}
    headers = tuple((name, b"parley.response.overdue_retracted.v1" if name == "ce_type" else value) for name, value in record.headers)
    _add_response(evidence, replace(record, headers=headers), LATE, json.dumps(said).encode())


def settled_otherwise(evidence: Evidence) -> None:
    record = of(evidence, "parley.response.settled.v1", LATE)
    value = (record.value or b"").replace(b'"late"', b'"met"')
    evidence.records[evidence.records.index(record)] = replace(record, value=value)


def _add_response(evidence: Evidence, like: Record, key: str, value: bytes) -> None:
    """One more record of the clock, committed and in order."""
    given = [record for record in evidence.records if (record.topic, record.key) == (RESPONSES.name, key)]
    last = max(record.envelope.sequence or 0 for record in given if record.envelope)
    changed = {"ce_id": b"added", "ce_subject": key.encode(), "ce_sequence": str(last + 1).encode()}
    headers = tuple((name, changed.get(name, old)) for name, old in like.headers)
    place = max(given, key=lambda record: record.offset)
    evidence.records.append(replace(place, offset=place.offset + 1000, key=key, headers=headers, value=value))
    evidence.rows["outbox"].append({**evidence.rows["outbox"][-1], "_id": "added", "topic": RESPONSES.name, "database": "sla_monitor"})


SPOILT: dict[Callable[[Evidence], None], str] = {
    answered_and_lost: "I1 lost",
    refused_and_done: "I2 refused",
    acted_twice: "I4 key",
    answered_differently: "I4 key",
    shown_before_its_time: "I1 stale",
    changed_without_an_event: "I3 atomic",
    dropped_record: "I5 unpublished",
    published_and_never_committed: "I5 phantom",
    swapped_sequences: "I6 order",
    wrong_partition: "I6 order",
    behind_its_watermark: "I19 watermark",
    effect_lost: "I7 lost effect",
    effect_repeated: "I7 repeated effect",
    effect_of_nothing: "I7 phantom effect",
    place_behind: "I8 place",
    parked_for_no_reason: "I8 parked",
    mail_not_made: "I9 mail",
    mail_never_ended: "I9 mail",
    mail_said_to_be_sent: "I9 lost mail",
    mail_sent_twice: "I10 copies",
    mail_with_a_new_message_id: "I10 phantom mail",
    mail_to_somebody_else: "I10 recipient",
    mail_about_nothing: "I10 phantom mail",
    overdue_although_answered: "I11 false overdue",
    overdue_without_proof: "I11 unproved overdue",
    overdue_not_told: "I12 missed overdue",
    overdue_twice: "I13 once",
    overdue_and_nobody_took_over: "I13 once",
    taken_back: "I14 retraction",
    settled_otherwise: "I15 fold",
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_what_was_spoilt_is_found(spoil: Callable[[Evidence], None]) -> None:
    evidence = world().evidence()
    spoil(evidence)

    verdict = judge(evidence)

    assert verdict.word == "broken"
    assert SPOILT[spoil] in {violation.invariant for violation in verdict.violations}, verdict.violations
