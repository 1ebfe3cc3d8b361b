"""How answers are printed: a table for people, one JSON object a line for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from parley.problem import CannotDo


def rows(found: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, nothing: str, faults: Sequence[str] = ()) -> None:
    """A list; then it raises CannotDo with the faults, if it is not whole."""
    if as_json:
        for each in found:
            one(each)
    elif not found:
        sys.stdout.write("" if faults else f"{nothing}\n")
    else:
        table = [columns, *([_cell(each.get(column)) for column in columns] for each in found)]
        widths = [max(len(line[number]) for line in table) for number in range(len(columns))]
        for line in table:
            sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n")
    if faults:
        raise CannotDo("\n".join(faults))


def one(found: Mapping[str, Any]) -> None:
    """One object in one line."""
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def facts(found: Mapping[str, Any]) -> None:
    """One object, a line for each of its fields."""
    for name, value in found.items():
        sys.stdout.write(f"{name.replace('_', ' ') + ':':<14} {_cell(value)}\n")


def say(line: str) -> None:
    """A sentence."""
    sys.stdout.write(f"{line}\n")


def _cell(value: Any) -> str:
    return "-" if value is None else " ".join(str(value).split())
