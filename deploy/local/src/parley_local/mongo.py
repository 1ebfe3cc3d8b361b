"""A real mongod without Docker, as a replica set of one, or of three."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from parley_local.part import Part
from parley_local.platforms import mongod
from parley_local.ports import HOST, listening

REPLICA_SET = "rs0"
_NOT_YET_INITIALIZED = 94
_NO_SUCH_CONFIGURATION = 93


def uri(ports: Sequence[int]) -> str:
    return f"mongodb://{','.join(f'{HOST}:{port}' for port in ports)}/?replicaSet={REPLICA_SET}"


def part(port: int, data: Path) -> Part:
    """One mongod as a part of the stack; it makes itself a replica set of one."""
    return Part(name="mongodb", command=lambda: command(port, data), ready=lambda: replica_set_formed([port]))


def parts(ports: Sequence[int], data: Path) -> list[Part]:
    """A replica set of several members; the last one forms it, once the others listen."""
    *others, last = ports
    members = [_member(number, port, data, partial(listening, port)) for number, port in enumerate(others, start=1)]
    names = tuple(member.name for member in members)
    forming = _member(len(ports), last, data, lambda: replica_set_formed([last, *others]))
    return [*members, replace(forming, needs=names)]


def _member(number: int, port: int, data: Path, ready: Callable[[], Awaitable[bool]]) -> Part:
    return Part(name=f"mongodb-{number}", command=lambda: command(port, data / f"mongodb-{number}"), ready=ready)


def command(port: int, data: Path) -> list[str]:
    data.mkdir(parents=True, exist_ok=True)
    return [
        mongod(),
        *("--dbpath", str(data), "--port", str(port), "--bind_ip", HOST, "--nounixsocket"),
        *("--replSet", REPLICA_SET, "--oplogSize", "256", "--wiredTigerCacheSizeGB", "0.25"),
        # Watermarks wait twice this long for transactions that are still open.
        *("--setParameter", "transactionLifetimeLimitSeconds=5"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        "--quiet",
    ]


async def replica_set_formed(ports: Sequence[int]) -> bool:
    """Take the next step to a replica set of these members, also one whose ports have changed; True once it has a primary."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(HOST, ports[0], directConnection=True, serverSelectionTimeoutMS=1000)
    try:
        return await _formed(client, [{"_id": id, "host": f"{HOST}:{port}"} for id, port in enumerate(ports)])
    finally:
        await client.close()


async def _formed(client: AsyncMongoClient[dict[str, Any]], members: list[dict[str, Any]]) -> bool:
    try:
        config = (await client.admin.command("replSetGetConfig"))["config"]
    except OperationFailure as error:
        if error.code == _NOT_YET_INITIALIZED:
            await client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        elif error.code != _NO_SUCH_CONFIGURATION:
            raise
        return False
    except PyMongoError:
        return False
    if [member["host"] for member in config["members"]] != [member["host"] for member in members]:
        await client.admin.command("replSetReconfig", {**config, "version": config["version"] + 1, "members": members}, force=True)
        return False
    hello = await client.admin.command("hello")
    return bool(hello.get("isWritablePrimary") or hello.get("primary"))
