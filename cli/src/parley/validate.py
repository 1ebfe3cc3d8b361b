"""`parley validate`: whether events are what the contract says."""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from parley_contracts.envelope import faults
from parley_contracts.records import Record
from parley_contracts.registry import MODELS
from parley_contracts.topics import Topic
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from parley import printing
from parley.brokers import brokers
from parley.problem import CannotDo
from parley.reading import records
from parley.recording import record_of, topic_named
from parley.rules import Rules
from parley.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    file = "events as `parley tail --json` prints them, a line each; with --whole the records' rules are checked too (default: -)"
    parser.add_argument("file", nargs="*", default=["-"], help=file)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--type", help="the files hold the data of one event of this type each, as the golden examples do")
    source.add_argument("--topic", action="append", help="no files: the records that stand on this topic now; may be repeated")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace, settings: Settings) -> None:
    if given.type is not None and given.type not in MODELS:
        raise CannotDo(f"The contract has no type {given.type}; it has: {', '.join(sorted(MODELS))}.")
    checked = Checked()
    if given.topic:
        asyncio.run(_topics([topic_named(name) for name in given.topic], checked))
    else:
        for name in given.file:
            for place, event in _events(name, text(name), given.type):
                checked.line(place, event)
    if checked.faults:
        raise CannotDo("\n".join([*checked.faults, f"{checked.count} events read, {len(checked.faults)} faults."]))
    printing.say(f"{checked.count} events are as the contract says.")


class Checked:
    """What was read, and what is wrong with it."""

    def __init__(self) -> None:
        self.count = 0
        self.faults: list[str] = []
        self._rules = Rules()

    def line(self, place: str, event: Any) -> None:
        """A line of a file; where it has its record, the record is checked."""
        if isinstance(event, dict) and "record" in event:
            self.record(place, record_of(event, place))
        else:
            self.count += 1
            self.faults += [f"{place}: {fault}" for fault in faults_of(event)]

    def record(self, place: str, record: Record) -> None:
        """A whole record, in the order of the log."""
        self.count += 1
        self.faults += [f"{place}: {fault}" for fault in self._rules.faults(record)]


async def _topics(topics: Sequence[Topic], checked: Checked) -> None:
    async with aclosing(records(brokers(), topics, "beginning", once=True)) as found:
        async for record in found:
            checked.record(f"{record.topic.name}/{record.partition}/{record.offset}", record)


def faults_of(event: Any) -> list[str]:
    """What the contract says against an event. A tombstone, whose data is null, has nothing to be checked."""
    if not isinstance(event, dict) or "data" not in event:
        reason = event.get("unreadable") if isinstance(event, dict) else None
        return [reason or "is no event: write a JSON object with type and data, as `parley tail` prints it"]
    model = MODELS.get(str(event.get("type")))
    if model is None:
        return [f"the contract has no type {event.get('type')}"]
    try:
        if event["data"] is not None:
            model.model_validate_json(to_json(event["data"]))
    except ValidationError as error:
        return [f"{model.type}: {fault}" for fault in faults(error)]
    return []


def _events(name: str, content: str, type: str | None) -> Iterator[tuple[str, Any]]:
    """Each event with its place."""
    if type is None:
        yield from lines(name, content)
    else:
        yield name, {"type": type, "data": _json(name, content)}


def lines(name: str, content: str) -> Iterator[tuple[str, Any]]:
    """Each line's object with its place."""
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            yield f"{name}:{number}", _json(f"{name}:{number}", line)


def _json(place: str, content: str) -> Any:
    try:
        return from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise CannotDo(f"{place} is not JSON: {error}.") from None


def text(name: str) -> str:
    """A file's content; - is the standard input."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotDo(f"{name} cannot be read: {error}.") from None
