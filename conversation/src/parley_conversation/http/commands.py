"""The commands of the table of states as routes: each is `POST …/{id}/<command>`."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, Concatenate, ParamSpec

from fastapi import APIRouter, Path, Request, Response
from parley_chassis.auth import signed_in_or_link
from parley_chassis.checking import checked_first
from parley_chassis.commands import Answer
from parley_chassis.reference import ETAG, REPLAYED, with_headers

from parley_conversation.asking import ROLES, person_of, transact_of
from parley_conversation.domain.cells import Command
from parley_conversation.http import answers
from parley_conversation.http.asking import Asking, Caller, Calling, KeyHeader, in_conversation
from parley_conversation.http.bodies import (
    Assigning,
    Body,
    Closing,
    Finalising,
    Noted,
    Nothing,
    Rating,
    Reopening,
    Revoking,
    Waiving,
    Written,
)
from parley_conversation.http.shapes import Done
from parley_conversation.use_cases import commands, links
from parley_conversation.use_cases.entering import Asked, Seat, check

of_any_command = signed_in_or_link(*ROLES, "service")
P = ParamSpec("P")
Id = Annotated[str, Path(alias="conversation_id", max_length=200)]
Route = Callable[..., Awaitable[Response]]


async def _check(request: Request) -> None:
    """A command as it would be refused whatever its body says."""
    person = person_of(await of_any_command(request))
    asked, _ = Caller(request, person, None, request.headers.get("if-match")).asked(Nothing())
    command = Command(request.scope["route"].path.rpartition("/")[2].replace("-", "_"))
    await transact_of(request)(check, request.path_params["conversation_id"], asked, command)


async def _check_revoker(request: Request) -> None:
    person = person_of(await in_conversation(request))
    await transact_of(request)(links.check_revoker, request.path_params.get("conversation_id"), person)


class CommandRouter(APIRouter):
    """Routes of commands: they check before they complain of a body. FastAPI takes a route's class from its router."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=checked_first(_check), **options)

    def command(self, which: Command) -> Callable[[Route], Route]:
        path = f"/{{conversation_id}}/{which.value.replace('_', '-')}"
        summary = which.value.replace("_", " ").capitalize()
        return self.post(path, name=which.value, response_model=Done, responses=with_headers(200, ETAG, REPLAYED), summary=summary)


def command_routes() -> APIRouter:
    """One route a command, and those that make old links invalid."""
    routes, commanding = APIRouter(route_class=checked_first(_check_revoker)), CommandRouter()
    command = commanding.command

    @command(Command.REPLY)
    async def reply(call: Calling, id: Id, body: Written) -> Response:
        """Write to everybody in the conversation. A buyer's reply reopens what is closed."""
        return await do(call, body, commands.reply, id, text=body.text, attachments=body.attachments)

    @command(Command.NOTE)
    async def note(call: Calling, id: Id, body: Noted) -> Response:
        """Write what the buyer never reads: `backstage` to seller and support, `internal` to your own side."""
        return await do(call, body, commands.note, id, text=body.text, visibility=body.visibility, attachments=body.attachments)

    @command(Command.REPLY_AND_CLOSE)
    async def reply_and_close(call: Calling, id: Id, body: Written) -> Response:
        """Answer and close. Needs `If-Match`."""
        return await do(call, body, commands.reply_and_close, id, text=body.text, attachments=body.attachments)

    @command(Command.CLOSE)
    async def close(call: Calling, id: Id, body: Closing) -> Response:
        """Close without an answer; seller and support give a reason. Needs `If-Match`."""
        return await do(call, body, commands.close, id, because=body.reason)

    @command(Command.REOPEN)
    async def reopen(call: Calling, id: Id, body: Reopening) -> Response:
        """Go on with a closed conversation; seller and support with a message, which is an answer. Needs `If-Match`."""
        return await do(call, body, commands.reopen, id, text=body.text, attachments=body.attachments)

    @command(Command.APPEAL)
    async def appeal(call: Calling, id: Id, body: Written) -> Response:
        """The seller asks support to take over and says why, backstage."""
        return await do(call, body, commands.appeal, id, text=body.text, attachments=body.attachments)

    @command(Command.TAKE_OVER)
    async def take_over(call: Calling, id: Id, body: Nothing) -> Response:
        """Support takes the conversation, from the seller or from a colleague."""
        return await do(call, body, commands.take_over, id)

    @command(Command.ACKNOWLEDGE)
    async def acknowledge(call: Calling, id: Id, body: Nothing) -> Response:
        """An agent of support says: I have it."""
        return await do(call, body, commands.acknowledge, id)

    @command(Command.HAND_BACK)
    async def hand_back(call: Calling, id: Id, body: Written) -> Response:
        """Support returns it to the seller and says why, backstage. Needs `If-Match`."""
        return await do(call, body, commands.hand_back, id, text=body.text, attachments=body.attachments)

    @command(Command.WAIVE)
    async def no_response_needed(call: Calling, id: Id, body: Waiving) -> Response:
        """End the own wait without an answer, with a reason, in time. Needs `If-Match`."""
        return await do(call, body, commands.waive, id, because=body.reason, closing=body.close)

    @command(Command.RATE)
    async def rate(call: Calling, id: Id, body: Rating) -> Response:
        """The buyer rates a closed conversation, and may change that for 14 days."""
        return await do(call, body, commands.rate, id, stars=body.rating)

    @command(Command.ASSIGN)
    async def assign(call: Calling, id: Id, body: Assigning) -> Response:
        """Give it to somebody of your own side: mails for the side go to them alone."""
        return await do(call, body, commands.assign, id, assignee_id=body.assignee_id)

    @command(Command.FINALISE)
    async def finalise(call: Calling, id: Id, body: Finalising) -> Response:
        """Support ends a closed conversation for good. Needs `If-Match`."""
        return await do(call, body, commands.finalise, id, because=body.reason)

    @routes.post("/revoke-links", status_code=204, responses=with_headers(204, REPLAYED), summary="Revoke links to all conversations")
    async def revoke_all_links(request: Request, person: Asking, body: Revoking, idempotency_key: KeyHeader = None) -> Response:
        """The same for every conversation here: your own links; by support those of a party of their market."""
        revoking = partial(links.revoke_all_links, person=person, party_id=body.party_id)
        return await Caller(request, person, idempotency_key, None).run(body, _revoked, revoking)

    @routes.post("/{conversation_id}/revoke-links", status_code=204, responses=with_headers(204, REPLAYED), summary="Revoke links")
    async def revoke_links(request: Request, person: Asking, id: Id, body: Revoking, idempotency_key: KeyHeader = None) -> Response:
        """Make the links to this conversation that were mailed so far invalid: your own; by support anybody's."""
        revoking = partial(links.revoke_links, conversation_id=id, person=person, party_id=body.party_id)
        return await Caller(request, person, idempotency_key, None).run(body, _revoked, revoking)

    routes.include_router(commanding)
    return routes


async def _revoked(tx: Any, asked: Asked, revoke: Callable[[Any], Awaitable[None]]) -> Answer:
    await revoke(tx)
    return Answer(204, {})


async def do(
    call: Caller,
    body: Body,
    use_case: Callable[Concatenate[Any, str, Asked, P], Awaitable[Seat]],
    id: str,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """Carry a command out and answer with the conversation as it is then."""

    async def answered(tx: Any, asked: Asked) -> Answer:
        return answers.done(await use_case(tx, id, asked, *args, **kwargs), tx.now)

    return await call.run(body, answered)
