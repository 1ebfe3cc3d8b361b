"""Who asks, what for, and with which key and version: everything that a command needs of its request."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from parley_chassis.auth import Principal, signed_in_or_link
from parley_chassis.commands import Answer, CommandKey
from pydantic import BaseModel, StringConstraints
from uuid_utils import uuid7

from parley_conversation.domain.people import Link, Person
from parley_conversation.domain.words import Role
from parley_conversation.use_cases.entering import Asked

P = ParamSpec("P")
R = TypeVar("R")

MOST_FACTS = 4
"""The most that one command brings about: support takes over, acknowledges, replies and closes."""

_VERSION = re.compile(r'"([1-9]\d{0,15})"')
_NO_VERSION = -1

in_conversation = signed_in_or_link("buyer", "guest", "seller", "support")
"""Roles that are something in conversations; what exactly, the conversation says."""


class Transact(Protocol):
    """Runs a use case as one transaction, and with a key only once."""

    async def __call__(self, use_case: Callable[Concatenate[Any, P], Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R: ...

    async def once(
        self, key: CommandKey, use_case: Callable[Concatenate[Any, P], Awaitable[Answer]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Answer: ...


def transact_of(request: Request) -> Transact:
    """The runner that the service connected when it started."""
    return cast(Transact, request.app.state.transact)


def person_of(principal: Principal) -> Person:
    """The person of the kernel: what the claims say, nothing more."""
    claims = principal.link
    return Person(
        party_id=principal.party_id,
        is_buyer="buyer" in principal.roles and claims is None,
        seller_ids=principal.seller_ids if "seller" in principal.roles else frozenset(),
        markets=principal.markets if "support" in principal.roles else frozenset(),
        language=principal.language,
        link=Link(conversation_id=claims.conversation_id, role=Role(claims.role), issued_at=claims.issued_at) if claims else None,
    )


async def person(principal: Annotated[Principal, Depends(in_conversation)]) -> Person:
    return person_of(principal)


Asking = Annotated[Person, Depends(person)]

Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


def version_of(if_match: str | None) -> int | None:
    """The version that was read. What is no ETag of ours cannot be the newest."""
    if if_match is None:
        return None
    match = _VERSION.fullmatch(if_match.strip())
    return int(match[1]) if match else _NO_VERSION


@dataclass(frozen=True, slots=True)
class Caller:
    """One request for a command: it runs once for its Idempotency-Key, if it has one."""

    request: Request
    person: Person
    key: str | None
    if_match: str | None

    def asked(self, body: BaseModel) -> tuple[Asked, CommandKey | None]:
        """The command as the use cases take it. Ids are made here, before the transaction."""
        known = self._command_key(body) if self.key else None
        asked = Asked(
            person=self.person,
            cause=f"command:{known.id if known else uuid7()}",
            event_ids=tuple(str(uuid7()) for _ in range(MOST_FACTS)),
            message_id=str(uuid7()),
            read=version_of(self.if_match),
        )
        return asked, known

    async def run(
        self, body: BaseModel, use_case: Callable[Concatenate[Any, Asked, P], Awaitable[Answer]], *args: P.args, **kwargs: P.kwargs
    ) -> Response:
        """Carry the command out and answer."""
        transact = transact_of(self.request)
        asked, key = self.asked(body)
        if key is None:
            return _response(await transact(use_case, asked, *args, **kwargs))
        return _response(await transact.once(key, use_case, asked, *args, **kwargs))

    def _command_key(self, body: BaseModel) -> CommandKey:
        canonical = json.dumps(body.model_dump(mode="json"), sort_keys=True, separators=(",", ":")).encode()
        route = f"{self.request.method} {self.request.url.path}"
        return CommandKey(self.person.party_id, route, self.key or "", sha256(canonical).hexdigest())


async def caller(
    request: Request,
    person: Asking,
    idempotency_key: Annotated[Key | None, Header()] = None,
    if_match: Annotated[str | None, Header(max_length=100)] = None,
) -> Caller:
    return Caller(request, person, idempotency_key, if_match)


Calling = Annotated[Caller, Depends(caller)]


def _response(answer: Answer) -> Response:
    headers = {"etag": answer.etag, "location": answer.location, "idempotency-replayed": "true" if answer.replayed else None}
    return JSONResponse(answer.body, answer.status, headers={name: value for name, value in headers.items() if value})
