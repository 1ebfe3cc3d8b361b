"""Guests: buyers without an account, whose address nobody but the notifier reads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody who left a name and an address to be answered at."""

    id: str
    name: str
    email: str
