"""Bugs to be planted into real processes: each breaks one promise, and the checker must say which."""

from collections.abc import Callable

BUGS: dict[str, Callable[[], None]] = {}
"""What puts each bug in, by its name."""


def install(name: str) -> None:
    """Put the bug into this process."""
    BUGS[name]()
