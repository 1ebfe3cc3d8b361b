"""When to leave servers alone: the smarthost when it fails, a recipient's mail host when it is busy."""

from collections import deque
from dataclasses import dataclass, field

FAILURES = 5
WITHIN = 30.0
PROBE_EVERY = 30.0
HOST_REST = 60.0


@dataclass(slots=True)
class Breaker:
    """Opens after five failures in half a minute; while it is open, one mail each half minute tries whether it may close."""

    _failures: deque[float] = field(default_factory=deque)
    _probe_at: float | None = None

    @property
    def open(self) -> bool:
        return self._probe_at is not None

    def allowed(self, now: float, free: int) -> int:
        """How many mails may be tried now, of so many that could be."""
        if self._probe_at is None:
            return free
        return min(free, 1) if now >= self._probe_at else 0

    def probing(self, now: float) -> None:
        """A mail goes out; while the breaker is open it is the only one until the next probe."""
        if self._probe_at is not None:
            self._probe_at = now + PROBE_EVERY

    def wait(self, now: float) -> float | None:
        """Seconds until the next probe; None while closed."""
        return None if self._probe_at is None else max(0.0, self._probe_at - now)

    def failed(self, now: float) -> bool:
        """Whether it opens with this."""
        self._failures.append(now)
        while self._failures and self._failures[0] <= now - WITHIN:
            self._failures.popleft()
        if len(self._failures) >= FAILURES and self._probe_at is None:
            self._probe_at = now + PROBE_EVERY
            return True
        return False

    def answered(self) -> None:
        """The server spoke: whatever it said, it is there."""
        self._failures.clear()
        self._probe_at = None


@dataclass(slots=True)
class Hosts:
    """Recipients' mail hosts that asked for a rest, or let us wait too long."""

    _resting: dict[str, float] = field(default_factory=dict)

    def resting(self, now: float) -> dict[str, float]:
        """Which of them rest, and for how many seconds more."""
        self._resting = {host: until for host, until in self._resting.items() if until > now}
        return {host: until - now for host, until in self._resting.items()}

    def rest(self, host: str, now: float) -> None:
        self._resting[host] = now + HOST_REST
