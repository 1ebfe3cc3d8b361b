"""The worker comes back to shops that were erased."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from inquiries.main import create_worker
from inquiries.settings import InquiriesSettings
from parley_chassis.mongo import Database
from parley_chassis.testing import eventually


async def test_what_was_opened_with_a_shop_in_the_moment_of_its_erasure_is_found(
    settings: InquiriesSettings, door: Any, database: Database, log: Any
) -> None:
    id = (await door.guest_asks())["id"]
    now = datetime.now(UTC)
    await database["parties"].insert_one({"_id": "seller-1", "time": now, "closed": True, "look_again": now - timedelta(seconds=1)})

    async def is_supports() -> bool:
        return await database["conversations"].find_one({"_id": id, "state": "awaiting_support"}) is not None

    running = asyncio.create_task(create_worker(settings).run())
    try:
        await eventually(is_supports)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
