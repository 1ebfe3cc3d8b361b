"""What breaks a promise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """Which invariant, which promise of the design, and what exactly was seen."""

    invariant: str
    promise: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} ({self.promise}): {self.what}"
