"""What a conversation of an old system looks like where it comes in."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from parley_chassis.times import WRITTEN
from parley_contracts.envelope import Instant
from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from parley_conversation.asking import transact_of
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.people import Actor
from parley_conversation.domain.words import Role, Visibility
from parley_conversation.http.bodies import Body, Id, Text
from parley_conversation.use_cases.importing import Old, Said, id_of

Of = TypeVar("Of")
MOST_MESSAGES = 500

Author = Literal[Role.BUYER, Role.SELLER, Role.SUPPORT]
Past = Annotated[
    Instant,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC)),
    WRITTEN,
    AfterValidator(lambda at: at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)),
]


class OldMessage(Body):
    """One message. Who of the shop or of support wrote it may be left out."""

    at: Past
    by: Author
    author_id: Id | None = None
    text: Text
    visibility: Visibility = Visibility.PUBLIC

    def author(self, ids: Mapping[Role, str]) -> Actor:
        """Who wrote it; there is one buyer."""
        return Actor(ids[self.by] if self.by is Role.BUYER else self.author_id or ids[self.by], self.by)


class OldConversation(Body):
    """A conversation of an old system; nobody is mailed about it, and nobody owes an answer in time unless ``start_clock`` is given."""

    buyer_id: Id
    seller_id: Id
    messages: Annotated[tuple[OldMessage, ...], Field(min_length=1, max_length=MOST_MESSAGES)]
    closed_by: Author | None = None
    start_clock: bool = False

    def old(self, source: str, old_id: str) -> Old:
        """The conversation as the use case takes it."""
        ids = {Role.BUYER: self.buyer_id, Role.SELLER: self.seller_id, Role.SUPPORT: "support"}
        said = (Said(at=each.at, by=each.author(ids), text=each.text, visibility=each.visibility) for each in self.messages)
        return Old(
            id=id_of(source, old_id),
            buyer=Actor(self.buyer_id, Role.BUYER),
            said=tuple(said),
            closed_by=Actor(ids[self.closed_by], self.closed_by) if self.closed_by else None,
            starts_clock=self.start_clock,
        )


class BroughtIn(TypedDict):
    """What it is called here."""

    id: str
    number: str


async def brought_in(request: Request, bring: Callable[[Any, Of], Awaitable[Conversation]], of: Of) -> Response:
    """Bring it in; the same again changes nothing."""
    it = await transact_of(request)(bring, of)
    return JSONResponse({"id": it.id, "number": it.number})
