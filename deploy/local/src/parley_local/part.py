"""One part of the stack, declared: what runs, what must be ready before it, and how it is known to be ready itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """Where a part is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Part:
    """``command`` is asked at each start; ``ready`` until it says True; without ``ready`` the part is done when it ends with 0."""

    name: str
    command: Callable[[], Sequence[str]]
    ready: Callable[[], Awaitable[bool]] | None = None
    prepare: Callable[[], Awaitable[None]] | None = None
    """Runs before each start."""
    needs: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    starts: int = 3
    """How often it is tried before it was ever ready."""
    start_within: float = 60.0
    stop_within: float = 30.0


def waves(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts in order of start: each needs parts of earlier waves only."""
    left, known, order = list(parts), set[str](), list[list[Part]]()
    while left:
        wave = [part for part in left if known.issuperset(part.needs)]
        if not wave:
            raise ValueError(f"parts wait for one another or for a part that is not there: {', '.join(part.name for part in left)}")
        order.append(wave)
        known.update(part.name for part in wave)
        left = [part for part in left if part not in wave]
    return order
