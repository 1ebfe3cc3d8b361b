"""The inlet: people and orders from a marketplace that does not write to Kafka itself, one by one or many in one request."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from parley_chassis.auth import Principal, signed_in
from parley_chassis.checking import checked_first
from parley_chassis.commands import Answer, CommandKey
from parley_chassis.problems import Problem
from parley_chassis.reference import REPLAYED, with_headers
from parley_contracts.envelope import timestamp
from parley_contracts.problems import INVALID, MEDIA_TYPE
from parley_conversation.asking import transact_of
from parley_conversation.http.asking import KeyHeader, answered
from parley_conversation.http.bodies import Id
from parley_conversation.http.shapes import Time as TimeShown
from parley_conversation.inbound import party_of
from pydantic import ValidationError
from typing_extensions import TypedDict
from uuid_utils import uuid7

from ticketing.domain.marketplace import About, Word
from ticketing.domain.refusals import NotTaken
from ticketing.http.marketplace import LINE, Order, OrderLine, Party, PartyLine, Time
from ticketing.inbound import order_of
from ticketing.use_cases.telling import tell, tell_all

PATH = "/v1/marketplace"
NDJSON = "application/x-ndjson"
MOST_WORDS = 300
MOST_FAULTS = 50

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
"""Stands in what is kept until the use case knows the word's time."""

service = signed_in("service", scope="inlet")

Name = Annotated[Id, Path()]
At = Annotated[Time | None, Query(description="when it was so, such as 2026-03-02T10:00:00Z; left out: now")]


class Told(TypedDict):
    """What was taken, and the time from which it holds."""

    id: str
    time: TimeShown


class AllTold(TypedDict):
    """How many lines were taken, and the numbers of those that are older than what is known, which were left."""

    taken: int
    older: list[int | None]


def _party(said: Party, at: datetime | None, line: int | None = None) -> Word:
    return _word(About.PARTY, said.id, at, line, kept=party_of(said, _EPOCH), said=said.model_dump(exclude_none=True))


def _order(said: Order, at: datetime | None, line: int | None = None) -> Word:
    return _word(About.ORDER, said.id, at, line, kept=order_of(said, _EPOCH), said=said.model_dump(exclude_none=True))


def _word(about: About, id: str, at: datetime | None, line: int | None = None, **more: Any) -> Word:
    return Word(event_id=str(uuid7()), about=about, id=id, at=at, line=line, **more)


def inlet_routes() -> APIRouter:
    """All of `/v1/marketplace`."""
    routes = APIRouter(prefix=PATH, tags=["inlet"], dependencies=[Depends(service)], route_class=checked_first(service))

    @routes.put("/parties/{id}", response_model=Told, summary="Tell how a person or a shop is")
    async def party(request: Request, id: Name, body: Party, time: At = None) -> Response:
        """The whole of it, as it is now. What is older than what is known is refused; the same again changes nothing."""
        return await _told(request, _party(_about(id, body), time))

    @routes.put("/orders/{id}", response_model=Told, summary="Tell how an order is")
    async def order(request: Request, id: Name, body: Order, time: At = None) -> Response:
        """The whole order with all of its lines, as it is now."""
        return await _told(request, _order(_about(id, body), time))

    @routes.delete("/parties/{id}", response_model=Told, summary="Erase a person or a shop")
    async def forget_party(request: Request, id: Name, time: At = None) -> Response:
        """Name and address are forgotten everywhere, and every link of theirs is void."""
        return await _told(request, _word(About.PARTY, id, time))

    @routes.delete("/orders/{id}", response_model=Told, summary="Erase an order")
    async def forget_order(request: Request, id: Name, time: At = None) -> Response:
        """The order's lines and address are forgotten."""
        return await _told(request, _word(About.ORDER, id, time))

    lines = {"required": True, "content": {NDJSON: {"schema": {"type": "string"}}}}

    @routes.post(
        "", response_model=AllTold, responses=with_headers(200, REPLAYED), summary="Tell many at once", openapi_extra={"requestBody": lines}
    )
    async def many(request: Request, who: Annotated[Principal, Depends(service)], idempotency_key: KeyHeader = None) -> Response:
        """Up to 300 lines of JSON: `type`, `time` (left out: now), `data` (null: `subject` is erased). All are taken, or none."""
        words = _words(request.headers.get("content-type", ""), body := await request.body())
        key = CommandKey(who.party_id, f"POST {PATH}", idempotency_key, sha256(body).hexdigest()) if idempotency_key else None
        return await _all_told(request, key, words)

    return routes


def not_taken(refusal: NotTaken) -> Problem:
    """Every fault with its place."""
    return _problem([(_place(word.line, _within(word, fault.field)), str(fault), "value") for word, fault in refusal.faults])


def _within(word: Word, field: str) -> str:
    return f"data.{field}" if word.line is not None and field != "time" else field


async def _told(request: Request, word: Word) -> Response:
    async def carried_out(tx: Any) -> Answer:
        return Answer(200, {"id": word.id, "time": timestamp(await tell(tx, word, _cause(word)))})

    return answered(await transact_of(request).about(word.id).once(None, carried_out))


async def _all_told(request: Request, key: CommandKey | None, words: list[Word]) -> Response:
    async def carried_out(tx: Any) -> Answer:
        older = await tell_all(tx, words, _cause(words[0]))
        return Answer(200, {"taken": len(words) - len(older), "older": [word.line for word in older]})

    return answered(await transact_of(request).once(key, carried_out))


def _cause(word: Word) -> str:
    return f"command:{word.event_id}"


def _about(id: str, body: Any) -> Any:
    if body.id != id:
        raise _problem([("body.id", f"is not the id of the address; write {id!r} in both", "id")])
    return body


def _words(content_type: str, body: bytes) -> list[Word]:
    """All lines, or a Problem with all that is wrong with them."""
    if content_type.partition(";")[0].strip().lower() != NDJSON:
        raise Problem(MEDIA_TYPE, f"Send the lines as {NDJSON}.")
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip()]
    if not 1 <= len(lines) <= MOST_WORDS:
        raise _problem([("body", f"has {len(lines)} lines; send 1 to {MOST_WORDS} in one request", "lines")])
    words: list[Word] = []
    faults: list[tuple[str, str, str]] = []
    for number, line in lines:
        try:
            words.append(_word_of(LINE.validate_json(line), number))
        except ValidationError as error:
            # The place begins with the type by which the line was read.
            faults += [(_place(number, ".".join(map(str, each["loc"][1:]))), each["msg"], each["type"]) for each in error.errors()]
    if faults:
        raise _problem(faults)
    return words


def _word_of(line: PartyLine | OrderLine, number: int) -> Word:
    match line.data:
        case Party():
            return _party(line.data, line.time, number)
        case Order():
            return _order(line.data, line.time, number)
        case None:
            about = About.PARTY if isinstance(line, PartyLine) else About.ORDER
            return _word(about, line.subject or "", line.time, number)


def _place(line: int | None, field: str) -> str:
    if line is None:
        return f"query.{field}" if field == "time" else f"body.{field}"
    return f"line {line}: {field}" if field else f"line {line}"


def _problem(faults: Sequence[tuple[str, str, str]]) -> Problem:
    errors = [{"field": field, "message": message, "type": type} for field, message, type in faults[:MOST_FAULTS]]
    return Problem(INVALID, "Correct the fields named in `errors`; nothing was taken.", errors=errors)
