"""Which page of which list: what pages and the HTTP interface are asked for alike."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from parley_chassis.cursors import Cursors
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator

from parley_conversation.domain.words import Category, Role, State
from parley_conversation.ports import Place

CONVERSATIONS = Cursors[Place]("conversations", Place)

Cursor = Annotated[Place, WithJsonSchema({"type": "string", "description": "`next` of the page before, with the same filters"})]
OneRole = Literal[Role.BUYER, Role.SELLER, Role.SUPPORT]


class Whose(BaseModel):
    """As whom: needed only by somebody who has several roles."""

    model_config = ConfigDict(extra="forbid")

    role: OneRole | None = None


class Chosen(Whose):
    """Which page of which list."""

    state: State | None = None
    category: Category | None = None
    cursor: Cursor | None = None
    limit: int = Field(50, ge=1, le=200)

    @field_validator("cursor", mode="plain")
    @classmethod
    def _of_this_list(cls, word: Any, others: ValidationInfo) -> Place:
        return _cursors(others.data).read(word)

    def following(self, place: Place) -> str:
        """The cursor of the page after this place."""
        return _cursors(dict(self)).after(place)


def _cursors(chosen: Mapping[str, Any]) -> Cursors[Place]:
    return CONVERSATIONS.among(*(chosen.get(filter) for filter in ("role", "state", "category")))
