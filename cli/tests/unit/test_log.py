"""`parley tail` shows what was asked for, `validate` knows the rules of a whole record, `replay` keeps off Parley's topics."""

import argparse
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from parley import tail
from parley.__main__ import main
from parley.recording import line_of, record_of
from parley.rules import Rules
from parley_contracts.committed import committed
from parley_contracts.envelope import Envelope
from parley_contracts.records import Record
from parley_contracts.registry import MODELS
from parley_contracts.topics import INQUIRIES, PARTIES, TICKETS, Topic
from parley_contracts.watermark import watermark_record

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CREATED = "parley.ticket.created.v1"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def record(
    sequence: int = 1,
    *,
    topic: Topic = TICKETS,
    offset: int | None = None,
    at: datetime = NOON,
    traceparent: str | None = None,
    **changes: Any,
) -> Record:
    data = MODELS[CREATED].model_validate_json(min((committed() / "examples" / CREATED).glob("*.json")).read_bytes())
    given = {"id": f"e-{sequence}", "source": "/ticketing", "subject": "t-1", "correlationid": "e-1", "causationid": f"c-{sequence}"}
    event = Envelope.of(data, **given, time=at, sequence=sequence).traced(traceparent)
    headers = dict(event.headers()) | {f"ce_{name}": str(value).encode() for name, value in changes.items()}
    return Record(topic, 2, sequence - 1 if offset is None else offset, NOON, event.key, event.value, tuple(headers.items()))


def mark(at: datetime, offset: int) -> Record:
    headers, value = watermark_record(id="w", source="/ticketing", at=at, time=NOON)
    return Record(TICKETS, 2, offset, NOON, None, value, headers)


def faults(*records: Record) -> list[str]:
    rules = Rules()
    return [fault for each in records for fault in rules.faults(each)]


def test_a_whole_conversation_with_a_repeat_and_watermarks_is_as_the_contract_says() -> None:
    late = NOON - timedelta(seconds=10)

    assert faults(record(1, at=late), record(2, at=late), mark(late, 2), record(2, at=late, offset=3), record(3, offset=4)) == []


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([record(causationid="")], "ce_causationid must name"),
        ([record(causationid="e-1")], "ce_causationid must name"),
        ([record(source="/inquiries")], "ce_source is /inquiries and must be /ticketing"),
        ([record(dataschema="urn:other")], "ce_dataschema is urn:other and must be urn:parley:schema:parley.ticket.created.v1"),
        ([record(type="parley.nothing.v1")], "the contract has no type parley.nothing.v1"),
        ([record(topic=INQUIRIES, source="/inquiries")], f"{CREATED} does not belong on parley.inquiries.inquiries.v1"),
        ([record(type="parley.ticket.closed.v1", dataschema="")], "reason: Field required"),
        ([record(specversion="0.3")], "ce_specversion is not 1.0"),
        ([replace(record(), key=None)], "the key is missing"),
        ([replace(record(), key=b"t-2")], "the key is not the event's subject"),
        ([record(at=NOON + timedelta(seconds=61))], "more than 60 s ahead"),
        ([replace(record(), headers=(*record().headers, ("x", b"x" * 4096)))], "the headers have more than 4096 bytes"),
        ([record(1), record(3)], "a sequence is missing before 3"),
        ([record(1), record(1, id="other")], "sequence 1 of t-1 has another id"),
        ([record(1), record(2, at=NOON - timedelta(seconds=1))], "its time is before that of the event before it"),
        ([mark(NOON, 0), record(1, offset=1)], "it stands after a watermark"),
    ],
)
def test_each_rule_of_a_record_is_told_where_it_is_broken(records: list[Record], told: str) -> None:
    [fault] = faults(*records)

    assert told in fault


def test_a_log_whose_beginning_is_gone_may_begin_anywhere() -> None:
    assert faults(record(5, offset=90), record(6, offset=91)) == []


POISON = replace(record(), headers=(("x", None), ("ce_id", b"\xff")))


@pytest.mark.parametrize("each", [record(), mark(NOON, 3), replace(record(), value=None), POISON])
def test_a_record_that_was_written_down_whole_is_read_back_as_it_was(each: Record) -> None:
    assert record_of(json.loads(json.dumps(line_of(each, whole=True))), "file:1") == each


def given(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    tail.add(parser)
    return parser.parse_args(arguments)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ([], True),
        (["--type", CREATED, "--type", "parley.ticket.closed.v1"], True),
        (["--type", "parley.ticket.closed.v1"], False),
        (["--subject", "t-1"], True),
        (["--subject", "t-2"], False),
        (["--market", "de"], True),
        (["--market", "it"], False),
        (["--trace", TRACE], True),
        (["--trace", TRACE[::-1]], False),
    ],
)
def test_only_what_was_asked_for_is_shown(arguments: list[str], shown: bool) -> None:
    line = line_of(record(traceparent=f"00-{TRACE}-00f067aa0ba902b7-00"))
    line["data"]["market"] = "de"

    assert tail.wanted(line, given(*arguments)) is shown


def test_watermarks_are_hidden_unless_they_are_asked_for() -> None:
    line = line_of(mark(NOON, 3))

    assert not tail.wanted(line, given())
    assert tail.wanted(line, given("--watermarks"))
    assert tail.wanted(line, given("--type", "parley.watermark.v1"))


def test_a_line_for_people_says_when_what_about_whom_and_where_it_stands() -> None:
    line = line_of(record(4))
    line["data"] |= {"number": "T-AAAA-AAAA", "market": "de", "state": "awaiting_seller", "handler": "seller"}

    assert tail.told(line) == (
        "2026-03-02T12:00:00.000Z  ticket.created.v1  t-1  #4  number=T-AAAA-AAAA  market=de  state=awaiting_seller  handler=seller"
    )
    assert tail.told(line_of(record(traceparent=f"00-{TRACE}-00f067aa0ba902b7-00"))).endswith(f"  trace={TRACE}")
    assert "parley.ticketing.tickets.v1/2/0  t-1: ce_specversion is not 1.0" in tail.told(line_of(record(specversion="0")))
    assert tail.told(line_of(mark(NOON, 3))).endswith("watermark.v1  at=2026-03-02T12:00:00.000Z")


def test_a_time_is_a_time_or_so_long_ago() -> None:
    assert tail.since("2026-03-02T13:00:00+01:00") == NOON
    assert tail.since("2026-03-02T12:00:00") == NOON
    before = datetime.now(UTC)
    assert before <= tail.since("2h") + timedelta(hours=2) <= datetime.now(UTC)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that nobody answers for: what is refused is refused before."""
    monkeypatch.setenv("PARLEY_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("PARLEY_TOPIC_PREFIX", "shop.")


def written(folder: Path, *records: Record) -> str:
    file = folder / "recorded.jsonl"
    file.write_text("\n".join(json.dumps(line_of(each, whole=True)) for each in records))
    return str(file)


@pytest.mark.parametrize("prefix", ["", "shop."])
def test_replay_refuses_parleys_own_topics(prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", written(tmp_path, record()), f"--prefix={prefix}"]) == 1
    assert capsys.readouterr().err == (
        f"With the prefix {prefix!r} these are Parley's own topics, and nothing was sent. "
        "Give a --prefix of your own, or --to-parleys-own-topics if you mean it.\n"
    )


def test_replay_refuses_personal_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tombstone = Record(PARTIES, 0, 0, NOON, b"p-1", None, ())

    assert main(["replay", written(tmp_path, record(), tombstone), "--prefix", "mine."]) == 1
    assert "parley.marketplace.parties.v1 has personal data and is not replayed." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tail", "parley.nothing"], "There is no topic parley.nothing; there are: parley.ticketing.tickets.v1"),
        (["tail", "--type", "parley.nothing.v1"], "The contract has no type parley.nothing.v1; it has: parley."),
        (["tail", "--since", "yesterday"], "--since yesterday is neither a time such as 2026-03-02T10:00:00Z nor a duration such as 2h."),
        (["tail", "--once"], "No Kafka broker answered at 127.0.0.1:1 within 10 s. Check PARLEY_KAFKA_BOOTSTRAP_SERVERS"),
        (["validate", "--topic", "parley.nothing"], "There is no topic parley.nothing"),
        (["replay", "no-such-file", "--prefix", "mine."], "no-such-file cannot be read:"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    assert told in capsys.readouterr().err


def test_replay_says_which_line_holds_no_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lines").write_text(json.dumps(line_of(record())))

    assert main(["replay", str(tmp_path / "lines"), "--prefix", "mine."]) == 1
    assert f"{tmp_path}/lines:1 holds no record: write the file with `parley tail --whole`." in capsys.readouterr().err
