"""`parley import`: people, orders, and conversations of an old system, from a file, through the inlets."""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from parley_contracts.marketplace import EVENTS
from pydantic_core import from_json

from parley import printing
from parley.problem import CannotDo
from parley.services import Services
from parley.settings import Settings
from parley.validate import faults_of

MOST_LINES, MOST_BYTES = 300, 200 * 1024
MOST_FAULTS = 100
TYPES = tuple(event.type for event in EVENTS)
OLD = {"ticket": ("ticketing", "/v1/marketplace/tickets"), "inquiry": ("inquiries", "/v1/marketplace/inquiries")}
"""Conversations: each is a line with its id in the old system, and goes to its service on its own."""

Line = tuple[int, bytes]
"""Its number in the file, and what it says."""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="one JSON object a line: type, data, perhaps time, or the id of an old conversation")
    parser.add_argument("--from", dest="first", type=int, default=1, metavar="LINE", help="go on with this line of the file")
    parser.add_argument("--dry-run", action="store_true", help="say what is wrong with the file, and send nothing")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace, settings: Settings) -> None:
    lines = [line for line in _lines(given.file) if line[0] >= given.first]
    _check(given.file, lines)
    if given.dry_run:
        printing.say(f"Nothing is wrong with the {len(lines)} lines of {given.file}. Nothing was sent.")
        return
    older = _send(Services(settings), given.file, lines)
    passed = f" {older} were passed over, because something newer is known." if older else ""
    printing.say(f"{len(lines)} lines of {given.file} are in.{passed}")


def _lines(file: Path) -> Iterator[Line]:
    try:
        whole = file.read_bytes()
    except OSError as error:
        raise CannotDo(f"{file} cannot be read: {error.strerror}.") from None
    return ((number, line) for number, line in enumerate(whole.split(b"\n"), start=1) if line.strip())


def _check(file: Path, lines: Sequence[Line]) -> None:
    """Everything that can be known before anything is sent."""
    faults = [f"{file}:{number}: {fault}" for number, line in lines for fault in _faults(line)]
    if faults:
        more = [f"... and {len(faults) - MOST_FAULTS} more."] if len(faults) > MOST_FAULTS else []
        raise CannotDo("\n".join([*faults[:MOST_FAULTS], *more, f"{len(lines)} lines read, {len(faults)} faults. Nothing was sent."]))


def _faults(line: bytes) -> list[str]:
    if len(line) > MOST_BYTES:
        return [f"has {len(line)} bytes; a line may have {MOST_BYTES}"]
    try:
        event = from_json(line, allow_inf_nan=False)
    except ValueError as error:
        return [f"is not JSON: {error}"]
    if _is_old(event):
        good = isinstance(event.get("id"), str) and event["id"] and isinstance(event.get("data"), dict)
        return [] if good else ["needs the id that it has in the old system, and what it is as data"]
    if isinstance(event, dict) and "data" in event and event.get("type") not in TYPES:
        return [f"type is {event.get('type')!r}; what can be imported is {', '.join((*TYPES, *OLD))}"]
    return faults_of(event)


def _is_old(event: Any) -> bool:
    return isinstance(event, dict) and event.get("type") in OLD


def _send(services: Services, file: Path, lines: Sequence[Line]) -> int:
    """How many were passed over. What one request asks for is taken whole or not at all."""
    older = 0
    for part in _parts(lines):
        first, last = part[0][0], part[-1][0]
        try:
            older += _send_part(services, part)
        except CannotDo as error:
            raise CannotDo(
                f"{_of_file(str(error), part)}\nThe lines before {first} are in. Go on with: parley import {file} --from {first}"
            ) from None
        sys.stderr.write(f"line {last} of {lines[-1][0]}\n")
    return older


def _send_part(services: Services, part: Sequence[Line]) -> int:
    event = from_json(part[0][1])
    if not _is_old(event):
        return len(services.post_lines("ticketing", "/v1/marketplace", (line for _, line in part))["older"])
    service, path = OLD[event["type"]]
    try:
        services.put(service, f"{path}/{quote(event['id'], safe='')}", event["data"])
    except CannotDo as error:
        raise CannotDo(f"line 1: {error}") from None
    return 0


def _of_file(text: str, part: Sequence[Line]) -> str:
    """The text with the file's numbers of lines instead of the request's."""
    return re.sub(r"\bline (\d+)", lambda found: f"line {part[int(found[1]) - 1][0]}", text)


def _parts(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines as an inlet takes them in one request."""
    part: list[Line] = []
    size = 0
    before = False
    for line in lines:
        alone = _is_old(from_json(line[1]))
        if part and (alone or before or len(part) == MOST_LINES or size + len(line[1]) > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line[1]) + 1
        before = alone
    if part:
        yield part
