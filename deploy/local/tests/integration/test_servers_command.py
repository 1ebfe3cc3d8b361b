"""The servers alone: they keep their data over a restart on other ports, and end with whoever started them."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from parley_chassis.testing import eventually
from parley_local import ports
from pymongo import AsyncMongoClient

pytestmark = pytest.mark.timeout(180)


@asynccontextmanager
async def servers(*arguments: str) -> AsyncIterator[tuple[dict[str, str], asyncio.subprocess.Process]]:
    command = [sys.executable, "-m", "parley_local", "servers", *arguments, "--with-parent"]
    process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline()), process
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def administration(addresses: dict[str, str]) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses["KAFKA_BOOTSTRAP_SERVERS"])
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def test_data_is_found_again_on_other_ports(tmp_path: Path) -> None:
    async with servers("kafka", "mongodb", "--data", str(tmp_path)) as (first, _):
        async with AsyncMongoClient[dict[str, Any]](first["MONGODB_URI"]) as client:
            await client["kept"]["rows"].insert_one({"_id": "row"})
        async with administration(first) as admin:
            await admin.create_topics([NewTopic("kept", 6, 1)])
    async with servers("kafka", "mongodb", "--data", str(tmp_path)) as (second, _):
        assert second != first
        async with AsyncMongoClient[dict[str, Any]](second["MONGODB_URI"]) as client:
            assert await client["kept"]["rows"].find_one() == {"_id": "row"}
        async with administration(second) as admin:
            assert "kept" in await admin.list_topics()


async def test_the_servers_end_with_whoever_started_them() -> None:
    async with servers("mongodb") as (addresses, process):
        port = int(addresses["MONGODB_URI"].split(":")[2].split("/")[0])
        assert await ports.listening(port)
        process.kill()

        async def gone() -> bool:
            return not await ports.listening(port)

        assert await eventually(gone)


async def test_three_brokers_hold_three_copies() -> None:
    async with servers("kafka", "--brokers", "3") as (addresses, _), administration(addresses) as admin:
        assert len((await admin.describe_cluster())["brokers"]) == 3
        await admin.create_topics([NewTopic("copied", 1, 3)])

        async def everywhere() -> bool:
            # Brokers learn of a new topic one after another.
            (topic,) = await admin.describe_topics(["copied"])
            return [len(partition["replicas"]) for partition in topic["partitions"]] == [3]

        assert await eventually(everywhere)
