"""The double of the port for reply templates."""

from collections.abc import Sequence
from typing import Any

from parley_conversation.domain.templates import Owner, ReplyTemplate


class Templates:
    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[str, ReplyTemplate] = rows

    async def get(self, id: str) -> ReplyTemplate | None:
        return self._rows.get(id)

    async def of(self, owners: Sequence[Owner], *, after: str | None, limit: int) -> tuple[ReplyTemplate, ...]:
        theirs = sorted((row for row in self._rows.values() if row.owner in owners), key=lambda row: row.id)
        return tuple(row for row in theirs if after is None or row.id > after)[:limit]

    def put(self, template: ReplyTemplate) -> None:
        self._rows[template.id] = template

    def remove(self, id: str) -> None:
        self._rows.pop(id, None)

    def erase(self, template: ReplyTemplate) -> None:
        self.remove(template.id)
