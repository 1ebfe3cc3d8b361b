"""Indexes: declared by the store that needs them, made once when a service starts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pymongo import IndexModel

from parley_chassis.mongo.driver import Database


@dataclass(frozen=True, slots=True)
class Index:
    """One index of one collection: ``keys`` are names with 1 or -1; ``where`` makes it partial; two with the same keys need a ``name``."""

    collection: str
    keys: Sequence[tuple[str, Any]]
    unique: bool = False
    expire_after: timedelta | None = None
    where: dict[str, Any] = field(default_factory=dict)
    name: str | None = None

    def model(self) -> IndexModel:
        options: dict[str, Any] = {"unique": True} if self.unique else {}
        if self.expire_after is not None:
            options["expireAfterSeconds"] = int(self.expire_after.total_seconds())
        if self.where:
            options["partialFilterExpression"] = self.where
        if self.name:
            options["name"] = self.name
        return IndexModel(list(self.keys), **options)


async def ensure_indexes(database: Database, indexes: Iterable[Index]) -> None:
    """Make what is missing; idempotent, safe from several processes at once."""
    wanted: dict[str, list[IndexModel]] = {}
    for index in indexes:
        wanted.setdefault(index.collection, []).append(index.model())
    for collection, models in wanted.items():
        await database[collection].create_indexes(models)
