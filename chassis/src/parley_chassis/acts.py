"""Acts of people over HTTP that are kept under an id of their own: the same key of the same person acts once on a route."""

from typing import Annotated
from uuid import uuid4

from fastapi import Depends, Header, Request

from parley_chassis.auth import Principal
from parley_chassis.commands import CommandKey

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


class Acting:
    """The request by which somebody acts, and its key, if it has one."""

    def __init__(self, request: Request, idempotency_key: Key = None) -> None:
        self._route = f"{request.method} {request.url.path}"
        self._key = idempotency_key

    def id_of(self, actor: Principal) -> str:
        """The id that follows from the person, the route and the key; without a key a new one."""
        return CommandKey(actor.party_id, self._route, self._key, fingerprint="").id if self._key else str(uuid4())


Once = Annotated[Acting, Depends()]
