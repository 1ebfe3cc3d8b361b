"""Folds the log once more into a second database, by the command that an operator would use, and notes what came of it."""

import asyncio
import os
import sys
from typing import Any
from urllib.parse import urlsplit

from parley_local import services

from parley_drill import journal
from parley_drill.cluster import Cluster
from parley_drill.databases import Databases
from parley_drill.log import Reader
from parley_drill.marketplace import markets_folder

SECOND = "sla_monitor_again"
WITHIN = 120.0


async def replayed(cluster: Cluster, databases: Databases, reader: Reader) -> dict[str, Any]:
    """What the command said, and what was published and mailed while it ran."""
    before = await _told(cluster, databases, reader)
    code, said, complained = await _fold(cluster)
    after = await _told(cluster, databases, reader)
    published, mailed = (sorted(new - old) for old, new in zip(before, after, strict=True))
    return {"code": code, "said": said, "complained": complained, "published": published, "mailed": mailed}


async def _fold(cluster: Cluster) -> tuple[int | None, str, str]:
    addresses = {"KAFKA_BOOTSTRAP_SERVERS": cluster.kafka_servers, "MONGODB_URI": cluster.mongodb_uri}
    env = services.settings("sla-monitor", cluster.layouts[0], addresses) | {"MARKETS_DIR": str(markets_folder(cluster.folder))}
    into = urlsplit(cluster.mongodb_uri)._replace(path=f"/{SECOND}").geturl()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sla_monitor", "fold", "--into", into),
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(WITHIN):
            said, complained = await process.communicate()
    except TimeoutError:
        return None, "", f"not done within {WITHIN:g} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, said.decode(), complained.decode()


async def _told(cluster: Cluster, databases: Databases, reader: Reader) -> tuple[set[str], set[str]]:
    """All that is or was to be published, wherever it came from, and all mails."""
    await reader.catch_up()
    events = {f"{each.topic}/{each.partition}/{each.offset}" for each in reader.records if each.is_event}
    mails = {f"{number}: {line['message_id']}" for number, line in enumerate(journal.read(cluster.folder / "mails.jsonl"))}
    return events | await databases.outboxes(), mails
