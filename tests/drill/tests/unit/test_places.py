"""How far a consumer must have come, by the log: repeats are dropped, gaps and poison hold their own subject up."""

import pytest
from parley_contracts.topics import TICKETS
from parley_drill.checks.effects import places
from parley_drill.evidence import Evidence
from parley_drill.log import Record
from parley_drill.records import noted

SUBJECT = "0199aaaa-0000-7000-8000-000000000001"
PLACE = (TICKETS.name, SUBJECT)


def log(*sequences: int, poison: tuple[int, ...] = ()) -> Evidence:
    """Records of one subject in this order; those of ``poison`` cannot be read."""
    found = []
    for offset, sequence in enumerate(sequences):
        event = noted(TICKETS, SUBJECT, sequence)
        value = b"{" if sequence in poison else event.value
        found.append(Record(TICKETS.name, 0, offset, 0.0, SUBJECT, event.headers(), value))
    return Evidence(records=found)


@pytest.mark.parametrize(
    ("evidence", "sequence", "parked"),
    [
        (log(1, 2, 3), 3, set()),
        (log(1, 2, 2, 1, 3), 3, set()),
        (log(1, 2, 4, 5), 2, {4, 5}),
        (log(1, 3, 4, 2, 3), 4, set()),
        (log(2, 1), 2, set()),
        (log(1, 2, 3, poison=(2,)), 1, {2, 3}),
        (log(1, 2, 2, 3, poison=(2,)), 1, {2, 3}),
        (log(1, 2, 4, 3, poison=(2,)), 1, {2, 3, 4}),
    ],
    ids=["in order", "repeated", "gap", "late", "reversed", "poison", "poison repeated", "poison and late"],
)
def test_a_subject_stands_where_the_rule_of_readers_puts_it(evidence: Evidence, sequence: int, parked: set[int]) -> None:
    place = places(evidence, "witness")[PLACE]

    assert place.sequence == sequence
    assert set(place.parked) == parked
    assert len(place.applied) == sequence


def test_what_a_consumer_does_not_know_cannot_be_poison_to_it() -> None:
    assert places(log(1, 2, 3, poison=(2,)), "notifier")[PLACE].sequence == 3
