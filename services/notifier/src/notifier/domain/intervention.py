"""What a person did about mails that did not arrive, and why: the history."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verb(StrEnum):
    RESEND = "resend"
    LIFT = "lift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """``target`` is the id of a delivery or of a dead address, ``before`` how it stood."""

    id: str
    at: datetime
    by: str
    verb: Verb
    target: str
    market: str
    reason: str
    before: str
