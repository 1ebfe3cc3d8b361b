"""What support and services that moderate look at: one message, taking it away, and the history of a conversation."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from parley_chassis.auth import Principal, signed_in
from parley_chassis.cursors import Cursors
from parley_chassis.problems import Problem
from parley_contracts.envelope import timestamp
from parley_contracts.problems import ROLE_NOT_ALLOWED

from parley_conversation.asking import person_of, transact_of
from parley_conversation.domain.cells import Command
from parley_conversation.domain.history import Entry
from parley_conversation.domain.people import Person
from parley_conversation.http.answers import image_shown
from parley_conversation.http.asking import Caller, IfMatch, KeyHeader
from parley_conversation.http.bodies import Removing
from parley_conversation.http.commands import CommandRouter, do
from parley_conversation.http.shapes import EntryShown, History, MessageRead
from parley_conversation.ports import HistoryPlace, Posted
from parley_conversation.use_cases import commands, reading
from parley_conversation.use_cases.reading import HistoryPage

LONGEST_HISTORY = 1_000
HISTORY = Cursors[HistoryPlace]("history", HistoryPlace)

Id = Annotated[str, Path(alias="conversation_id", max_length=200)]
Limit = Annotated[int, Query(ge=1, le=LONGEST_HISTORY)]
After = Annotated[Any, Depends(HISTORY.asked)]


async def moderator(principal: Annotated[Principal, Depends(signed_in("support", "service"))]) -> Person:
    """Support, or a service with the scope for texts."""
    person = person_of(principal)
    if "support" not in principal.roles and not person.moderates:
        raise Problem(ROLE_NOT_ALLOWED, "The token needs the scope texts.")
    return person


Moderating = Annotated[Person, Depends(moderator)]
Looking = Annotated[Principal, Depends(signed_in("buyer", "seller", "support", "oncall"))]


def judging_routes() -> APIRouter:
    """Reading and removing one message, and the history."""
    routes, commanding = APIRouter(), CommandRouter()

    @routes.get("/{conversation_id}/messages/{message_id}", response_model=MessageRead, summary="Read one message")
    async def read(request: Request, person: Moderating, id: Id, message_id: Annotated[str, Path(max_length=200)]) -> Response:
        """For support, and for a service with the scope `texts`."""
        return JSONResponse(_message(await transact_of(request)(reading.message_of, id, message_id, person)))

    @commanding.command(Command.REMOVE_MESSAGE)
    async def remove(
        request: Request, person: Moderating, id: Id, body: Removing, idempotency_key: KeyHeader = None, if_match: IfMatch = None
    ) -> Response:
        """Take a message away, as spam or for another reason; its text is erased. For support, and a service with the scope `texts`."""
        call = Caller(request, person, idempotency_key, if_match)
        return await do(call, body, commands.remove_message, id, message_id=body.message_id, because=body.reason)

    @routes.get("/{conversation_id}/history", response_model=History, summary="Who did what")
    async def history(request: Request, principal: Looking, id: Id, after: After, limit: Limit = LONGEST_HISTORY) -> Response:
        """The latest first. The seller does not see support's notes; those on call see ids and times alone."""
        return await history_shown(request, principal, id, reading.history_of, after=after, limit=limit)

    routes.include_router(commanding)
    return routes


async def history_shown(
    request: Request, principal: Principal, id: str, use_case: Callable[..., Awaitable[HistoryPage]], **asked: Any
) -> Response:
    """What the use case gives to such a person; ids and times alone to those on call, who come into nothing."""
    on_call, transact = not principal.roles & {"buyer", "seller", "support"}, transact_of(request)
    page = await (transact(reading.bare_history_of, id, **asked) if on_call else transact(use_case, id, person_of(principal), **asked))
    following = HISTORY.after(page.next) if page.next else None
    shown: History = {"items": [_entry(each, bare=on_call) for each in page.entries], "next": following}
    return JSONResponse(shown)


def _message(posted: Posted) -> MessageRead:
    message = posted.message
    return {
        "id": message.id,
        "sequence": posted.sequence,
        "at": timestamp(posted.at),
        "author": {"id": message.author.id, "role": message.author.role.value},
        "visibility": message.visibility.value,
        "language": message.language,
        "text": None if message.removed else message.text,
        "images": [image_shown(each) for each in message.images],
        "flagged": [each.value for each in message.flagged],
        "removed": message.removed and message.removed.value,
    }


def _entry(entry: Entry, *, bare: bool) -> EntryShown:
    shown: EntryShown = {"id": entry.id, "at": timestamp(entry.at)}
    if bare:
        return shown
    return {
        **shown,
        "by": {"id": entry.by.id, "role": entry.by.role.value},
        "what": entry.what,
        "sequence": entry.sequence,
        "visibility": entry.visibility and entry.visibility.value,
    }
