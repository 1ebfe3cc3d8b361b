"""What a person did about mails, and why: the history."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verb(StrEnum):
    RESEND = "resend"
    LIFT = "lift"
    PAUSE = "pause"
    GO_ON = "go_on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """``target`` is the id of a delivery or of a dead address, or the scope of a pause; ``before`` is how it stood."""

    id: str
    at: datetime
    by: str
    verb: Verb
    target: str
    market: str
    reason: str
    before: str
