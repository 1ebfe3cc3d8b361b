"""A subscriber's view: what a record tells, typed, and whether it is new to its subject."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parley_contracts.committed import committed
from parley_contracts.envelope import Envelope
from parley_contracts.marketplace import PartyChanged
from parley_contracts.reading import Last, Verdict
from parley_contracts.records import Erasure, Mark, Nothing, Record, Refusal, Unreadable
from parley_contracts.registry import MODELS
from parley_contracts.subscriber import Fact, Newest, Progress, Unknown, understand
from parley_contracts.ticketing import TicketCreated
from parley_contracts.topics import PARTIES, TICKETS, TOPICS, Topic
from parley_contracts.watermark import TICK_KEY, tick_record, watermark_record

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@cache
def envelope(type: str = TicketCreated.type, *, sequence: int | None = 1, id: str = "e-1", at: datetime = NOON) -> Envelope:
    data = MODELS[type].model_validate_json(min((committed() / "examples" / type).glob("*.json")).read_bytes())
    about = {"source": "/ticketing", "subject": "t-1", "correlationid": "e-0", "causationid": "c-1"}
    return Envelope.of(data, id=id, time=at, sequence=sequence, **about)


def record(event: Envelope, topic: Topic = TICKETS, *, offset: int = 7, **headers: bytes) -> Record:
    changed = dict(event.headers()) | headers
    return Record(topic, 0, offset, NOON, event.key, event.value, tuple(changed.items()))


def test_an_event_comes_with_its_typed_data() -> None:
    told = understand(record(envelope()))

    assert isinstance(told, Fact)
    assert isinstance(told.data, TicketCreated)
    assert (told.subject, told.sequence, told.envelope.source) == ("t-1", 1, "/ticketing")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_type_of_a_topic_is_understood(topic: Topic) -> None:
    for type in topic.types:
        if (committed() / "examples" / type).exists() and MODELS[type].__name__ not in ("Watermark", "Tick"):
            told = understand(record(envelope(type, sequence=None if topic.compacted else 1), topic))
            assert isinstance(told, Fact)
            assert type == told.data.type


def test_a_type_of_tomorrow_is_unknown_and_no_poison() -> None:
    told = understand(record(envelope(), ce_type=b"parley.ticket.teleported.v1"))

    assert isinstance(told, Unknown)
    assert told.sequence == 1


def test_data_that_is_not_what_its_type_promises_is_poison_that_names_the_field_and_not_its_value() -> None:
    told = understand(record(envelope(sequence=4), ce_type=b"parley.watermark.v1"))

    assert isinstance(told, Unreadable)
    assert (told.subject, told.sequence, told.reason) == ("t-1", 4, "at: Field required")


def test_a_watermark_a_tick_a_tombstone_and_a_refusal_are_told_apart() -> None:
    headers, value = watermark_record(id="w", source="/ticketing", at=NOON, time=NOON)
    assert understand(Record(TICKETS, 0, 1, NOON, None, value, headers)) == Mark(Record(TICKETS, 0, 1, NOON, None, value, headers), NOON)
    headers, value = tick_record(id="t", source="/marketplace", time=NOON)
    assert isinstance(understand(Record(PARTIES, 0, 1, NOON, TICK_KEY, value, headers)), Nothing)
    assert isinstance(understand(Record(PARTIES, 0, 1, NOON, b"p-1", None, ())), Erasure)
    assert isinstance(understand(Record(TICKETS, 0, 1, NOON, None, b"{}", ())), Refusal)


def test_records_of_both_clients_read_the_same() -> None:
    event = envelope()
    headers = event.headers()
    milliseconds = int(NOON.timestamp() * 1000)
    plain: dict[str, Any] = {"partition": 3, "offset": 9, "key": event.key, "value": event.value}
    aiokafka = SimpleNamespace(**plain, timestamp=milliseconds, headers=headers)
    librdkafka = SimpleNamespace(
        **{name: lambda value=value: value for name, value in plain.items()},
        timestamp=lambda: (2, milliseconds),
        headers=lambda: [*headers],
    )

    assert Record.of(TICKETS, aiokafka) == Record.of_message(TICKETS, librdkafka)


def test_a_message_of_librdkafka_without_headers_is_a_record() -> None:
    bare = SimpleNamespace(**{name: lambda: None for name in ("key", "value", "headers")}, partition=lambda: 0, offset=lambda: 0)
    bare.timestamp = lambda: (2, 0)

    assert isinstance(understand(Record.of_message(TICKETS, bare)), Refusal)


def judged(progress: Progress, sequences: Sequence[tuple[int, str]]) -> list[str]:
    """The verdict of each (sequence, id); only what is new is taken."""
    found = []
    for sequence, id in sequences:
        told = understand(record(envelope(sequence=sequence, id=id)))
        assert isinstance(told, Fact)
        verdict = progress.judge(told)
        if verdict in (Verdict.NEW, Verdict.PARTIAL):
            progress.take(told)
        found.append(verdict.value)
    return found


def test_sequences_say_new_duplicate_conflict_or_gap() -> None:
    arriving = [(1, "a"), (2, "b"), (1, "a"), (2, "b"), (2, "z"), (4, "d"), (3, "c"), (4, "d")]

    assert judged(Progress(), arriving) == ["new", "new", "duplicate", "duplicate", "conflict", "gap", "new", "new"]


def test_a_subject_may_begin_later_only_where_the_logs_beginning_is_gone() -> None:
    assert judged(Progress(), [(3, "c"), (4, "d")]) == ["gap", "gap"]
    assert judged(Progress(late=True), [(3, "c"), (4, "d"), (6, "f")]) == ["partial", "new", "gap"]


def test_a_reader_goes_on_where_it_was() -> None:
    first = Progress()
    judged(first, [(1, "a"), (2, "b")])

    assert judged(Progress(first.last), [(2, "b"), (3, "c")]) == ["duplicate", "new"]


def test_a_person_decides_that_poison_counts_as_read() -> None:
    progress = Progress({"t-1": Last(3, "c")})
    poison = understand(record(envelope(sequence=4, id="d"), ce_type=b"parley.watermark.v1"))
    assert isinstance(poison, Unreadable)
    assert progress.judge(poison) is Verdict.NEW

    progress.take(poison)

    assert judged(progress, [(4, "d"), (5, "e")]) == ["duplicate", "new"]


def test_poison_whose_sequence_nobody_knows_holds_its_subject() -> None:
    poison = understand(record(envelope(), ce_sequence=b"many"))
    assert isinstance(poison, Unreadable)

    assert Progress().judge(poison) is Verdict.GAP


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), max_size=40))
def test_whatever_arrives_what_is_taken_is_one_two_three(arriving: list[int]) -> None:
    verdicts = judged(Progress(), [(sequence, str(sequence)) for sequence in arriving])

    taken = [sequence for sequence, verdict in zip(arriving, verdicts, strict=True) if verdict == "new"]
    assert taken == list(range(1, len(taken) + 1))


def test_of_a_compacted_topic_the_newest_record_holds_a_tombstone_too() -> None:
    newest = Newest()

    def take(told: object) -> bool:
        assert isinstance(told, Fact | Erasure)
        return newest.take(told)

    changed = envelope(PartyChanged.type, sequence=None)
    older = envelope(PartyChanged.type, sequence=None, at=NOON - timedelta(seconds=1))
    assert take(understand(record(changed, PARTIES, offset=1)))
    assert not take(understand(record(older, PARTIES, offset=2)))
    assert not take(understand(record(changed, PARTIES, offset=1)))
    assert take(understand(record(changed, PARTIES, offset=3)))
    assert not take(Erasure(record(older, PARTIES, offset=4), "t-1", NOON - timedelta(seconds=1)))
    assert take(Erasure(record(changed, PARTIES, offset=5), "t-1", NOON + timedelta(seconds=1)))
