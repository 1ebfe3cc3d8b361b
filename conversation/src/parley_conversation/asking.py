"""Who asks and what runs it: what pages and the HTTP interface share before they meet a use case."""

from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from fastapi import Request, Response
from parley_chassis.auth import Principal
from parley_chassis.commands import Answer, CommandKey
from uuid_utils import uuid7

from parley_conversation.domain.images import MEDIA_TYPE
from parley_conversation.domain.people import Link, Person
from parley_conversation.domain.words import Role
from parley_conversation.use_cases.entering import Asked

P = ParamSpec("P")
R = TypeVar("R")

ROLES = ("buyer", "guest", "seller", "support")
"""Roles that are something in conversations; what exactly, the conversation says."""

MOST_FACTS = 4
"""The most that one command brings about: support takes over, acknowledges, replies and closes."""


class Transact(Protocol):
    """Runs a use case as one transaction; a command shares it with others, and with a key it acts only once."""

    async def __call__(self, use_case: Callable[Concatenate[Any, P], Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R: ...

    def about(self, *ids: str) -> "Transact":
        """The same runner for a command that will read these, so that commands beside it read theirs with it."""

    async def once(
        self, key: CommandKey | None, use_case: Callable[Concatenate[Any, P], Awaitable[Answer]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Answer: ...


def transact_of(request: Request) -> Transact:
    """The runner that the service connected when it started."""
    return cast(Transact, request.app.state.transact)


def image_answer(content: bytes) -> Response:
    """An image that is opened by itself is an image and nothing else."""
    policy = {"content-security-policy": "sandbox; default-src 'none'", "content-disposition": "inline"}
    return Response(content, media_type=MEDIA_TYPE, headers=policy)


def person_of(principal: Principal) -> Person:
    """The person of the kernel: what the claims say, nothing more."""
    claims = principal.link
    return Person(
        party_id=principal.party_id,
        is_buyer="buyer" in principal.roles and claims is None,
        seller_ids=principal.seller_ids if "seller" in principal.roles else frozenset(),
        markets=principal.markets if "support" in principal.roles else frozenset(),
        moderates="service" in principal.roles and "texts" in principal.scopes,
        language=principal.language,
        link=Link(conversation_id=claims.conversation_id, role=Role(claims.role), issued_at=claims.issued_at) if claims else None,
    )


def asked_by(person: Person, key: CommandKey | None, read: int | None) -> Asked:
    """A command as the use cases take it. Its ids are made here, before the transaction, for that may run more than once."""
    return Asked(
        person=person,
        cause=f"command:{key.id if key else uuid7()}",
        event_ids=tuple(str(uuid7()) for _ in range(MOST_FACTS)),
        message_id=str(uuid7()),
        read=read,
    )
