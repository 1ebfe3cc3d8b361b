"""What the workload knows of its conversations: enough to do what people would do next."""

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

HOT = 3
"""Conversations that many write to at the same moment."""
HOT_SHARE = 0.3


@dataclass(slots=True)
class Known:
    """A conversation as the last answer told it."""

    id: str
    path: str
    service: str
    buyer: str | None
    """Nobody, where a guest asked: guests come back by their mail's link alone."""
    shop: str
    state: str
    version: int
    opened_at: datetime
    handler: str = "seller"


@dataclass
class Board:
    """All conversations so far."""

    chance: random.Random
    known: list[Known] = field(default_factory=list)
    _by_id: dict[str, Known] = field(default_factory=dict)

    def add(self, service: str, buyer: str | None, body: dict[str, Any]) -> Known:
        path = f"/v1/{'tickets' if service == 'ticketing' else 'inquiries'}/{body['id']}"
        opened = datetime.fromisoformat(body["opened_at"])
        found = Known(body["id"], path, service, buyer, body["seller"]["id"], body["state"], body["version"], opened)
        if found.id not in self._by_id:
            self._by_id[found.id] = found
            self.known.append(found)
        return self._by_id[found.id]

    def update(self, body: dict[str, Any]) -> None:
        """Take over what an answer says, unless a newer one came before it."""
        found = self._by_id.get(body.get("id", ""))
        if found is not None and body["version"] >= found.version:
            found.state, found.version, found.handler = body["state"], body["version"], body["handler"]

    def pick(self) -> Known | None:
        """One to write to: often a hot one, else a recent one."""
        if not self.known:
            return None
        if self.chance.random() < HOT_SHARE:
            return self.chance.choice(self.known[:HOT])
        return self.chance.choice(self.known[-60:])
