"""The double of what is known about people and shops."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from parley_conversation.domain.parties import Party, PartyKind
from parley_conversation.domain.words import Side


@dataclass(frozen=True, slots=True)
class _Closed:
    """What is left of a shop."""

    time: datetime
    look_again: datetime | None


class Parties:
    """Parties in memory; an erased one leaves a time alone."""

    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[str, Party | _Closed | datetime] = rows

    async def get(self, id: str) -> Party | None:
        row = self._rows.get(id)
        return row if isinstance(row, Party) else None

    async def is_erased(self, id: str) -> bool:
        return id in self._rows and not isinstance(self._rows[id], Party)

    async def claim(self, id: str) -> None:
        """One transaction runs at a time here."""

    async def load(self, ids: Iterable[str]) -> None:
        """Everything is at hand."""

    async def team(self, side: Side, *, seller_id: str, market: str) -> tuple[Party, ...]:
        known = sorted((row for row in self._rows.values() if isinstance(row, Party)), key=lambda party: (party.display_name, party.id))
        return tuple(each for each in known if each.is_of(side, seller_id) and (side is Side.SELLER or each.market == market))

    async def time_of(self, id: str) -> datetime | None:
        row = self._rows.get(id)
        return row.time if isinstance(row, Party | _Closed) else row

    def put(self, party: Party) -> None:
        self._rows[party.id] = party

    def erase(self, id: str, at: datetime) -> None:
        self._rows[id] = at

    async def is_shop(self, id: str) -> bool:
        row = self._rows.get(id)
        return isinstance(row, _Closed) or (isinstance(row, Party) and row.kind is PartyKind.SELLER)

    def close(self, id: str, at: datetime, *, look_again: datetime) -> None:
        self._rows[id] = _Closed(at, look_again)

    async def to_look_at(self, before: datetime, *, limit: int) -> tuple[str, ...]:
        found = ((row.look_again, id) for id, row in self._rows.items() if isinstance(row, _Closed) and row.look_again)
        return tuple(id for due, id in sorted(found) if due < before)[:limit]

    async def looked_at(self, id: str) -> None:
        row = self._rows[id]
        if isinstance(row, _Closed):
            self._rows[id] = replace(row, look_again=None)
