"""The right to be the one relay of a service: held for a while, renewed, given up by its holder's own clock first."""

import asyncio
from datetime import timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from parley_chassis.mongo.driver import Database

LEASES = "leases"
RELAY = "relay"
"""The lease of a service's one relay."""

TTL = timedelta(seconds=10)
FENCE = timedelta(seconds=3)
"""So long before the database would give the lease away its holder stops by itself."""


class LeaseLost(RuntimeError):
    """Another process holds the lease, or this one could not renew it in time."""


class Lease:
    """One lease in the database. Each new holder has a higher epoch; what is saved under an older one is refused."""

    def __init__(self, database: Database, name: str, owner: str, *, ttl: timedelta = TTL) -> None:
        self._rows = database[LEASES]
        self._name = name
        self._owner = owner
        self._ttl = ttl
        self._monotonic = asyncio.get_running_loop().time
        self._ends = float("-inf")
        self.epoch = 0
        self.state: dict[str, Any] = {}
        """What the last holder saved: where to go on."""

    @property
    def held(self) -> bool:
        """Whether this process may still act, by its own clock."""
        return self._monotonic() < self._ends

    async def take(self) -> bool:
        """Take the lease if it is free, or was ours."""
        asked = self._monotonic()
        mine = {"$eq": ["$owner", self._owner]}
        free = {"$lte": [{"$ifNull": ["$until", "$$NOW"]}, "$$NOW"]}
        fresh = {
            "epoch": {"$cond": [mine, "$epoch", {"$add": [{"$ifNull": ["$epoch", 0]}, 1]}]},
            "owner": self._owner,
            "until": {"$add": ["$$NOW", self._milliseconds()]},
        }
        take_if_free = [{"$replaceWith": {"$cond": [{"$or": [mine, free]}, {"$mergeObjects": ["$$ROOT", fresh]}, "$$ROOT"]}}]
        try:
            row = await self._rows.find_one_and_update({"_id": self._name}, take_if_free, upsert=True, return_document=ReturnDocument.AFTER)
        except DuplicateKeyError:
            return False
        assert row is not None
        if row["owner"] != self._owner:
            return False
        self.epoch = row["epoch"]
        self.state = row.get("state", {})
        self._renewed(asked)
        return True

    async def save(self, state: dict[str, Any]) -> None:
        """Renew the lease and keep where the work stands; raises LeaseLost if somebody else has it."""
        asked = self._monotonic()
        saved = await self._rows.update_one(
            {"_id": self._name, "owner": self._owner, "epoch": self.epoch},
            [{"$set": {"state": {"$literal": state}, "saved_by": self.epoch, "until": {"$add": ["$$NOW", self._milliseconds()]}}}],
        )
        if not saved.matched_count:
            self._ends = float("-inf")
            raise LeaseLost(f"another process took the lease {self._name} from epoch {self.epoch}")
        self.state = state
        self._renewed(asked)

    async def release(self) -> None:
        """Let the next process take it at once."""
        self._ends = float("-inf")
        await self._rows.update_one(
            {"_id": self._name, "owner": self._owner, "epoch": self.epoch}, [{"$set": {"owner": None, "until": "$$NOW"}}]
        )

    def _renewed(self, asked: float) -> None:
        self._ends = asked + (self._ttl - FENCE).total_seconds()

    def _milliseconds(self) -> int:
        return int(self._ttl / timedelta(milliseconds=1))
