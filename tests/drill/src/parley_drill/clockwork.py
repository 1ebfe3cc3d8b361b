"""How a process gets a clock that can be set: a library that stands before the system's, where Debian's package is there."""

import os
import select
import time
from collections.abc import Mapping
from pathlib import Path

LIBRARY = "libfaketimeMT.so.1"


def library() -> Path | None:
    """Where Debian's package put it, if it is there."""
    return next(Path("/usr/lib").glob(f"*/faketime/{LIBRARY}"), None)


def environment(folder: Path, name: str) -> Mapping[str, str]:
    """With it, the process reads how far its clock is off from a file; steady clocks stay steady."""
    found = library()
    if found is None:
        return {}
    clock = folder / "clocks" / name
    clock.parent.mkdir(parents=True, exist_ok=True)
    clock.write_text("+0")
    return {
        "LD_PRELOAD": str(found),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def mend_sleep() -> None:
    """The library refuses the call that Python sleeps by (EINVAL); waiting for nothing does the same."""
    if LIBRARY in os.environ.get("LD_PRELOAD", ""):
        time.sleep = _sleep  # type: ignore[assignment]


def _sleep(seconds: float) -> None:
    select.select((), (), (), seconds)
