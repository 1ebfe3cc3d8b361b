"""Acts of people over HTTP that are kept under an id of their own: the same key of the same person acts once."""

from hashlib import sha256
from typing import Annotated
from uuid import uuid4

from fastapi import Header

from parley_chassis.auth import Principal

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


def act_id(actor: Principal, key: str | None) -> str:
    """The id that follows from the person and the key; without a key a new one."""
    return sha256(f"{actor.party_id}\x00{key}".encode()).hexdigest() if key else str(uuid4())
