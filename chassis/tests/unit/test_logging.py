"""A log line is one JSON object that says what happened and nothing about anybody."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from parley_chassis import tracing
from parley_chassis.logging import configure, hide
from parley_chassis.tracing import Trace

LINK = "/l/a1b2c3.WyJjIiwicCJd.c2lnbmF0dXJl"
JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJidXllci0xIn0.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The loggers as they were, after each test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_our_lines_and_those_of_libraries_look_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    configure("trains", console=False)

    structlog.get_logger("ours").warning("Late", minutes=7)
    logging.getLogger("theirs").warning("%d trains late", 7, extra={"platform": 3})

    ours, theirs = lines(capsys)
    assert {"service", "event", "level", "logger", "timestamp"} <= ours.keys() & theirs.keys()
    assert (ours["event"], ours["minutes"], ours["logger"], ours["service"]) == ("Late", 7, "ours", "trains")
    assert (theirs["event"], theirs["platform"], theirs["logger"], theirs["service"]) == ("7 trains late", 3, "theirs", "trains")


def test_a_line_names_the_trace_that_its_work_belongs_to(capsys: pytest.CaptureFixture[str]) -> None:
    configure("trains", console=False)
    with tracing.under(trace := Trace.begun()):
        structlog.get_logger("ours").warning("Late")
        logging.getLogger("theirs").warning("late")
    structlog.get_logger("ours").warning("On time")

    assert [line.get("trace_id") for line in lines(capsys)] == [trace.id, trace.id, None]


def test_on_a_terminal_the_lines_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure("trains", console=True)
    structlog.get_logger("ours").info("Departed")

    assert "Departed" in (printed := capsys.readouterr().out)
    assert not printed.startswith("{")


def test_the_level_is_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    configure("trains", level="warning", console=False)
    structlog.get_logger("ours").info("Departed")
    logging.getLogger("theirs").info("departed")

    assert lines(capsys) == []


def test_who_asks_for_what_is_not_logged_by_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    configure("trains", console=False)
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "203.0.113.9", "GET", LINK, "1.1", 200)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")

    assert [line["event"] for line in lines(capsys)] == ["Exception in ASGI application"]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"GET {LINK} HTTP/1.1", "WyJjIiwicCJd"),
        (f"http://127.0.0.1:8101{LINK}?x=1", "WyJjIiwicCJd"),
        (f"Authorization: Bearer {JWT}", "eyJ"),
        (f"authorization: bearer {JWT[3:]}", "hbGciOiJ"),
        ("Authorization: Link a1b2c3.WyJjIiwicCJd.c2ln", "WyJjIiwicCJd"),
        (f"token={JWT}", "eyJ"),
        ("mongodb://train:s3cret@db/?replicaSet=rs0", "s3cret"),
        ("mongodb://train:s3c:r@et@db/", "s3c"),
        ("cannot mail ada.lovelace+x@mail.example.co.uk today", "lovelace"),
    ],
)
def test_tokens_passwords_and_addresses_are_hidden_in_any_text(text: str, secret: str) -> None:
    assert secret not in hide(text)
    assert "[hidden]" in hide(text)


def test_what_is_no_secret_stays() -> None:
    text = "ticketing.tickets.v1-3 at 2026-03-02T12:00:00.000Z: http://127.0.0.1:8101/v1/tickets/0199f3c2 answered 409 in 3 ms"

    assert hide(text) == text


def test_secrets_are_hidden_in_values_of_values_and_in_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    configure("trains", console=False)
    log = structlog.get_logger("ours")
    log.info("Asked", headers={"Authorization": "anything", "accept": ["ada@mail.example"]}, text="Dear Sir", path=LINK)
    try:
        raise ValueError(f"no mail to ada@mail.example by {JWT}")
    except ValueError:
        log.exception("Failed")

    printed = capsys.readouterr().out
    for secret in ("anything", "ada@", "Dear Sir", "WyJjIiwicCJd", "eyJhbGci"):
        assert secret not in printed
    assert "ValueError: no mail to [hidden]" in printed


def test_a_line_feed_of_a_stranger_starts_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure("trains", console=False)
    structlog.get_logger("ours").info('Asked\n{"event": "Forged"}', agent="\x1b[2J\r\n")

    (line,) = lines(capsys)
    assert line["agent"] == "\x1b[2J\r\n"


def test_a_library_that_repeats_itself_is_heard_once_in_ten_seconds_and_says_how_often(capsys: pytest.CaptureFixture[str]) -> None:
    configure("trains", console=False)

    for second in (0.0, 0.1, 9.9, 10.0):
        for name, line in (("aiokafka.client", "Unable to connect to %s"), ("ours", "Late by %s")):
            record = logging.LogRecord(name, logging.ERROR, __file__, 1, line, (second,), None)
            record.created = second
            logging.getLogger(name).handle(record)

    heard = [(line["event"], line.get("left_out")) for line in lines(capsys) if line["logger"] == "aiokafka.client"]
    assert heard == [("Unable to connect to 0.0", None), ("Unable to connect to 10.0", 2)]


def test_our_own_lines_are_never_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure("trains", console=False)

    for _ in range(3):
        structlog.get_logger("ours").warning("Late")

    assert len(lines(capsys)) == 3
