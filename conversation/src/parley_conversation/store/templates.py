"""Reply templates as documents."""

from collections.abc import Mapping, Sequence
from typing import Any

from parley_chassis.mongo import Index, Unit
from parley_chassis.mongo.answers import COMMANDS

from parley_conversation.domain.templates import Owner, ReplyTemplate

TEMPLATES = "reply_templates"

INDEXES = (Index(TEMPLATES, [("owner", 1), ("_id", 1)]),)


class MongoTemplates:
    """Reply templates of one transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._documents = unit.documents(TEMPLATES)

    async def get(self, id: str) -> ReplyTemplate | None:
        row = await self._documents.get(id)
        return _template_of(row) if row else None

    async def of(self, owners: Sequence[Owner], *, after: str | None, limit: int) -> tuple[ReplyTemplate, ...]:
        wanted: dict[str, Any] = {"owner": {"$in": [each.key for each in owners]}}
        if after is not None:
            wanted["_id"] = {"$gt": after}
        rows = await self._documents.find(wanted, sort=[("_id", 1)], limit=limit)
        return tuple(_template_of(row) for row in rows)

    def put(self, template: ReplyTemplate) -> None:
        self._documents.put(
            {
                "_id": template.id,
                "owner": template.owner.key,
                "seller_id": template.owner.seller_id,
                "market": template.owner.market,
                "title": template.title,
                "text": template.text,
                "language": template.language,
                "cause": template.cause,
            }
        )

    def remove(self, id: str) -> None:
        self._documents.remove(id)

    def erase(self, template: ReplyTemplate) -> None:
        self.remove(template.id)
        self._unit.documents(COMMANDS).remove(template.cause.removeprefix("command:"))


def _template_of(row: Mapping[str, Any]) -> ReplyTemplate:
    return ReplyTemplate(
        id=row["_id"],
        owner=Owner(seller_id=row["seller_id"], market=row["market"]),
        title=row["title"],
        text=row["text"],
        language=row["language"],
        # Absent in rows of an older version.
        cause=row.get("cause", ""),
    )
