"""The broker and the database alone, for tests: start, say where they are in one line of JSON, end when told."""

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from parley_local import kafka, mongo, ports
from parley_local.part import Part
from parley_local.supervisor import Supervisor

_MEMORY = Path("/dev/shm")  # noqa: S108 the folder itself
_ROOM = 4 * 1024**3


async def serve(wanted: Sequence[str], *, data: Path | None, brokers: int) -> None:
    """Run until cancelled, or until a server ends."""
    with tempfile.TemporaryDirectory(prefix="parley-servers-", dir=_in_memory()) as fresh:
        parts, addresses = _chosen(wanted, data or Path(fresh), brokers)

        def tell() -> None:
            sys.stdout.write(json.dumps(addresses) + "\n")
            sys.stdout.flush()

        await Supervisor(parts, _to_stderr, restart=False).run(on_ready=tell)


def _in_memory() -> Path | None:
    """Where no write waits for a disk, for data that nobody keeps. None where there is little room, as in many containers."""
    with suppress(OSError):
        if shutil.disk_usage(_MEMORY).free >= _ROOM:
            return _MEMORY
    return None


def _chosen(wanted: Sequence[str], data: Path, brokers: int) -> tuple[list[Part], dict[str, str]]:
    """The parts to start, and the settings that lead to them."""
    parts: list[Part] = []
    addresses: dict[str, str] = {}
    if "kafka" in wanted:
        given = ports.free(2 * brokers)
        cluster = kafka.nodes(list(zip(given[::2], given[1::2], strict=True)), data)
        parts += kafka.parts(cluster)
        addresses["KAFKA_BOOTSTRAP_SERVERS"] = kafka.servers(cluster)
    if "mongodb" in wanted:
        (port,) = ports.free(1)
        parts.append(mongo.part(port, data / "mongodb"))
        addresses["MONGODB_URI"] = mongo.uri([port])
    return parts, addresses


def _to_stderr(part: str, line: str) -> None:
    # mongod tells every step as JSON; only its warnings are worth a reader's time.
    if '"s":"I"' not in line:
        sys.stderr.write(f"{part:<8} | {line}\n")
