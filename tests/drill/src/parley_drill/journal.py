"""What happened, one line of JSON each, written before anything else goes on: the checker reads nothing but such files."""

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class Journal:
    """A file to append to. Each line has the wall clock's time of the moment when it was written."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")

    def write(self, **told: Any) -> None:
        self._file.write(json.dumps({"at": time.time(), **told}, default=str) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def save(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Write a whole file at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, default=str) + "\n" for line in lines)


def read(path: Path) -> list[Line]:
    """Every line of a file; of one that is not there, none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
