"""How a drill of isolation goes on: calm, one kind of trouble, calm, the next, again and again in one run."""

from dataclasses import asdict, dataclass
from typing import Any

from parley_drill.plan import TARGET, Plan

CALM, SMTP_DOWN, DOMAIN_DOWN, NOISY = "calm", "SMTP down", "one domain down", "noisy market"
TROUBLES = (SMTP_DOWN, DOMAIN_DOWN, NOISY)
LEAD = TARGET.total_seconds() + 2
"""Seconds from a change to the beginning of the window: whatever becomes due in a window began to wait after the change."""
RECOVERS_WITHIN = 100.0
"""Seconds after which nobody waits any longer for the mails that a trouble held up: a mail host rests for a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """Each kind of trouble once a round, in an order drawn from the seed. Both markets write ``rate`` commands a second, always."""

    seed: int = 1
    rounds: int = 3
    seconds: float = 30.0
    """How long a window lasts."""
    rate: float = 4.0
    noise: float = 5.0
    """How many times its usual rate the noisy market writes: more would measure the machine."""

    def plan(self, times: float = 1.0) -> Plan:
        """A market at a multiple of the usual rate."""
        return Plan(seeds=(self.seed,), seconds=self.seconds, rate=self.rate * times, reads=2 * self.rate * times)

    @property
    def extra(self) -> Plan:
        """What the noisy market writes beside the usual."""
        return self.plan(self.noise - 1)

    @property
    def longest(self) -> float:
        """Seconds that all of it can last."""
        troubles = self.rounds * len(TROUBLES)
        return (2 * troubles + 1) * (LEAD + self.seconds) + troubles * RECOVERS_WITHIN

    @property
    def noisy(self) -> float:
        """Seconds of noise."""
        return self.rounds * (LEAD + self.seconds)

    def told(self) -> dict[str, Any]:
        return asdict(self)
