"""What the parts say: one file each, with the time of every line; shown together with the part's name in front."""

import sys
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TextIO

_LARGEST = 10 * 1024 * 1024
_TAIL_BYTES = 256 * 1024
_POLL = 0.3


class Logs:
    """The folder with the files; the newest 10 to 20 MB of each part are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, TextIO] = {}

    def write(self, part: str, line: str) -> None:
        file = self._open.get(part)
        if file is None or file.tell() > _LARGEST:
            file = self._opened(part)
        now = datetime.now().astimezone()
        file.writelines(f"{now:%H:%M:%S}.{now.microsecond // 1000:03} {one}\n" for one in line.split("\n"))
        file.flush()

    def close(self) -> None:
        for file in self._open.values():
            file.close()

    def _opened(self, part: str) -> TextIO:
        if part in self._open:
            self._open[part].close()
        path = self._folder / f"{part}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LARGEST:
            path.replace(path.with_suffix(".1.log"))
        self._open[part] = path.open("a", encoding="utf-8")
        return self._open[part]


def show(folder: Path, parts: Iterable[str], *, lines: int, out: TextIO = sys.stdout) -> dict[Path, int]:
    """The last lines of each part; gives where each file was read to."""
    read: dict[Path, int] = {}
    for part in parts:
        path = folder / f"{part}.log"
        if path.exists():
            text, read[path] = _read(path, max(0, path.stat().st_size - _TAIL_BYTES))
            _print(part, text.splitlines()[-lines:], out)
    return read


def follow(read: dict[Path, int], out: TextIO = sys.stdout) -> None:
    """Go on with what is added, until interrupted."""
    while True:
        for path, position in read.items():
            size = path.stat().st_size if path.exists() else 0
            text, read[path] = _read(path, position if size >= position else 0)
            _print(path.stem, text.splitlines(), out)
        out.flush()
        time.sleep(_POLL)


def _read(path: Path, position: int) -> tuple[str, int]:
    if not path.exists():
        return "", 0
    with path.open("rb") as file:
        file.seek(position)
        text = file.read()
    # A line that is being written is left for the next time.
    whole = text.rfind(b"\n") + 1
    return text[:whole].decode(errors="replace"), position + whole


def _print(part: str, lines: list[str], out: TextIO) -> None:
    out.writelines(f"{part:<18} | {line}\n" for line in lines)
