"""The inlet on a real database: what it is told is kept, and waits in the outbox as a row of now."""

from datetime import UTC, datetime, timedelta

import httpx
from parley_chassis.mongo import Database
from parley_contracts.topics import PARTIES
from parley_conversation.testing.issuer import Issuer


async def test_what_was_so_long_ago_is_published_by_when_it_came_and_goes_with_an_erasure(
    client: httpx.AsyncClient, database: Database, issuer: Issuer
) -> None:
    """The relay would look in vain for a row that is as old as its event, and clean-up would take it away unpublished."""
    shop = issuer.bearer("shop", "service", scope="inlet")
    party = {"id": "b-9", "kind": "buyer", "display_name": "Nora Neu", "email": "nora@example.org", "market": "de"}

    told = await client.put("/v1/marketplace/parties/b-9?time=2025-01-01T00:00:00Z", json=party, headers=shop)
    older = await client.put("/v1/marketplace/parties/b-9?time=2024-12-31T00:00:00Z", json=party, headers=shop)
    written = await database["outbox"].find({"key": "b-9"}).to_list(None)
    erased = await client.delete("/v1/marketplace/parties/b-9?time=2025-01-02T00:00:00Z", headers=shop)

    assert (told.status_code, older.status_code, erased.status_code) == (200, 409, 200)
    left = await database["outbox"].find({"key": "b-9"}).to_list(None)
    rows = [*written, *left]
    assert [(row["topic"], row["sequence"], row["value"] is not None) for row in rows] == [
        (PARTIES.name, None, True),
        (PARTIES.name, None, False),
    ]
    assert [row["headers"]["ce_time"] for row in rows] == [b"2025-01-01T00:00:00.000Z", b"2025-01-02T00:00:00.000Z"]
    assert all(datetime.now(UTC) - row["at"].replace(tzinfo=UTC) < timedelta(hours=1) for row in rows)
    kept = await database["parties"].find_one({"_id": "b-9"})
    assert kept is not None
    assert set(kept) == {"_id", "time", "erased_at"}
