"""`parley validate`: whether events are what the contract says."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parley_contracts.registry import MODELS
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from parley import printing
from parley.problem import CannotDo
from parley.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="*", default=["-"], help="events as `parley tail` prints them, one JSON object a line (default: -)")
    parser.add_argument("--type", help="the files hold the data of one event of this type each, as the golden examples do")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace, settings: Settings) -> None:
    if given.type is not None and given.type not in MODELS:
        raise CannotDo(f"The contract has no type {given.type}; it has: {', '.join(sorted(MODELS))}.")
    count, faults = 0, []
    for name in given.file:
        for place, event in _events(name, _text(name), given.type):
            count += 1
            faults += [f"{place}: {fault}" for fault in faults_of(event)]
    if faults:
        raise CannotDo("\n".join([*faults, f"{count} events read, {len(faults)} faults."]))
    printing.say(f"{count} events are as the contract says.")


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
        found = error.errors(include_input=False, include_url=False)
        return [f"{model.type}: {'.'.join(map(str, fault['loc'])) or 'data'}: {fault['msg']}" for fault in found]
    return []


def _events(name: str, text: str, type: str | None) -> Iterator[tuple[str, Any]]:
    """Each event with its place."""
    if type is not None:
        yield name, {"type": type, "data": _json(name, text)}
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield f"{name}:{number}", _json(f"{name}:{number}", line)


def _json(place: str, text: str) -> Any:
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise CannotDo(f"{place} is not JSON: {error}.") from None


def _text(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotDo(f"{name} cannot be read: {error}.") from None
