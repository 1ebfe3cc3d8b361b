"""The database really loses the relay's place: a mongod whose history is so short that it rolls over while the relay is away."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from bson.timestamp import Timestamp
from parley_chassis.mongo import close, connect
from parley_chassis.mongo.driver import command
from parley_chassis.relay import metrics
from parley_chassis.testing import eventually
from parley_local import mongo
from parley_local.ports import free, listening
from parley_local.problem import CannotRun


@pytest.fixture
async def mongodb_uri(tmp_path: Path) -> AsyncIterator[str]:
    """A replica set of one with an oplog of one megabyte."""
    (port,) = free(1)
    try:
        program = mongo.command(port, tmp_path / "data")
    except CannotRun as reason:
        pytest.skip(str(reason))
    program[program.index("--oplogSize") + 1] = "1"
    # History goes only as far as a checkpoint has come.
    program += ["--syncdelay", "1"]
    server = await asyncio.create_subprocess_exec(*program, stdout=subprocess.DEVNULL)
    try:
        # First its port: a client of the driver that is closed while it connects leaves a socket open.
        await eventually(lambda: listening(port), within=120)
        await eventually(lambda: mongo.replica_set_formed([port]), within=120)
        yield mongo.uri([port])
    finally:
        server.terminate()
        await server.wait()


@pytest.fixture
def database_name() -> str:
    return "ticketing"


async def lose_history(uri: str) -> None:
    """Write until the oldest entry is younger than everything up to now."""
    client = connect(uri, app="test")
    now: Timestamp = (await command(client["admin"], {"ping": 1}))["operationTime"]

    async def lost() -> bool:
        await client["other"]["filling"].insert_many([{"text": "x" * 100_000} for _ in range(10)])
        await command(client["admin"], {"fsync": 1})
        [oldest] = await client["local"]["oplog.rs"].find().sort("$natural", 1).limit(1).to_list(None)
        return bool(oldest["ts"] > now)

    await eventually(lost, within=90)
    await close(client)


async def test_a_relay_whose_place_is_gone_publishes_from_the_rows_and_goes_on(stage: Any, mongodb_uri: str) -> None:
    late = metrics.LATE._value.get()
    async with stage.running(stage.relay()):
        await stage.write("a")
        await eventually(lambda: stage.holds(stage.keys), within=90)
        await eventually(lambda: stage.holds(stage.marks), within=90)

        async def kept() -> bool:
            return bool((await stage.state()).get("token"))

        await eventually(kept)
    before = await stage.records()

    await stage.write("a", 2)
    await stage.write("b")
    await lose_history(mongodb_uri)
    await stage.write("b", 2)

    with structlog.testing.capture_logs() as said:
        async with stage.running(stage.relay()):
            await eventually(lambda: stage.has("b-2"), within=90)

            async def marked() -> bool:
                return len(await stage.marks()) > len(before)

            await eventually(marked, within=90)
            await stage.write("a", 3)
            await eventually(lambda: stage.has("a-3"), within=90)
    assert [line["reason"] for line in said if "lost the relay's place" in line["event"]] == ["code 286"]

    records = await stage.records()
    for subject, expected in (("a", ["a-1", "a-1", "a-2", "a-3"]), ("b", ["b-1", "b-2"])):
        mine = [record for record in records if record.key == subject.encode()]
        ids = [dict(record.headers)["ce_id"].decode() for record in sorted(mine, key=lambda each: each.offset)]
        assert ids == expected, "from the rows of the last hour, in the order of their sequence"
    [partition] = {record.partition for record in records if record.key == b"b"}
    there = [record.key for record in sorted(records, key=lambda each: each.offset) if record.partition == partition]
    stood = sum(record.partition == partition for record in before)
    assert there.index(b"b") == stood, "no watermark stands before what the relay missed"
    assert None in there[stood + 2 :]
    assert metrics.LATE._value.get() == late
