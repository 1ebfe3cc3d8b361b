"""Who asks, what for, and with which key and version: everything that a command needs of its request."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Concatenate, ParamSpec

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from parley_chassis.auth import Principal, signed_in_or_link
from parley_chassis.commands import Answer, CommandKey
from pydantic import BaseModel, StringConstraints

from parley_conversation.asking import ROLES, asked_by, person_of, transact_of
from parley_conversation.domain.people import Person
from parley_conversation.use_cases.entering import Asked

P = ParamSpec("P")

_VERSION = re.compile(r'"([1-9]\d{0,15})"')
_NO_VERSION = -1

in_conversation = signed_in_or_link(*ROLES)


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
    principal: str | None = None
    """Whose key it is, where that is not the person's id: a guest has a new one with each request."""
    about: tuple[str, ...] = ()
    """What the command will read beside what its address names."""

    def asked(self, body: BaseModel) -> tuple[Asked, CommandKey | None]:
        """The command as the use cases take it, and its key."""
        known = self._command_key(body) if self.key else None
        return asked_by(self.person, known, version_of(self.if_match)), known

    async def run(
        self, body: BaseModel, use_case: Callable[Concatenate[Any, Asked, P], Awaitable[Answer]], *args: P.args, **kwargs: P.kwargs
    ) -> Response:
        """Carry the command out and answer."""
        asked, key = self.asked(body)
        about = (self.person.party_id, *self.request.path_params.values(), *self.about)
        return answered(await transact_of(self.request).about(*about).once(key, use_case, asked, *args, **kwargs))

    def _command_key(self, body: BaseModel) -> CommandKey:
        canonical = json.dumps(body.model_dump(mode="json"), sort_keys=True, separators=(",", ":")).encode()
        route = f"{self.request.method} {self.request.url.path}"
        return CommandKey(self.principal or self.person.party_id, route, self.key or "", sha256(canonical).hexdigest())


KeyHeader = Annotated[Key | None, Header(alias="idempotency-key")]
IfMatch = Annotated[str | None, Header(alias="if-match", max_length=100)]


async def caller(
    request: Request,
    person: Asking,
    idempotency_key: KeyHeader = None,
    if_match: IfMatch = None,
) -> Caller:
    return Caller(request, person, idempotency_key, if_match)


Calling = Annotated[Caller, Depends(caller)]


def answered(answer: Answer) -> Response:
    """What a command answers, on the wire."""
    given = {"etag": answer.etag, "location": answer.location, "idempotency-replayed": "true" if answer.replayed else None}
    headers = {name: value for name, value in given.items() if value}
    return Response(status_code=204, headers=headers) if answer.status == 204 else JSONResponse(answer.body, answer.status, headers=headers)
