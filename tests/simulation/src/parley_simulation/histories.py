"""Runs many histories. One that fails prints its seed and the command that runs it again."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

TICKETS, READINGS, MAILS = 50, 300, 600
"""So many histories of each kind every build lives."""

BLOCKS = 5
"""So many tests share a kind of history, so that none comes near the time that a test may take."""


def seeds(number: int, block: int) -> range:
    """The seeds of a block: SEED asks for one again, HISTORIES for more of them than every build lives."""
    if "SEED" in os.environ:
        seed = int(os.environ["SEED"])
        return range(seed, seed + 1 if block == 0 else seed)
    return range(block, int(os.environ.get("HISTORIES", number)), BLOCKS)


def live_all(live: Callable[[int], object], seeds: Iterable[int], *, test: str) -> None:
    """Live these histories; the first that does not hold ends it."""
    for seed in seeds:
        with told(seed, test):
            live(seed)


@contextmanager
def told(seed: int, test: str) -> Iterator[None]:
    """Whatever fails says how to see it again."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"history {seed} fails; run it again: SEED={seed} .venv/bin/pytest tests/simulation -k {test}")
        raise


def found_within(live: Callable[[int], object], number: int) -> int | None:
    """The first seed whose history shows that something is wrong; None if none does."""
    for seed in range(number):
        try:
            live(seed)
        except AssertionError:
            return seed
    return None
