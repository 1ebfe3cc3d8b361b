"""The whole system, as `make up` runs it: real processes of every service, on free ports, on the servers of the tests."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from parley_local.layout import Layout
from parley_local.state import Snapshot
from pymongo import MongoClient

_STOPS_WITHIN = 60


@pytest.fixture(scope="session")
def stack(mongodb_uri: str, kafka_servers: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    """A healthy stack, and where everything of it is."""
    folder, prefix = tmp_path_factory.mktemp("stack"), f"e2e-{os.urandom(4).hex()}."
    environment = {
        **os.environ,
        "MONGODB_URI": mongodb_uri,
        "KAFKA_BOOTSTRAP_SERVERS": kafka_servers,
        "TOPIC_PREFIX": prefix,
        "LOCAL_DIR": str(folder),
    }
    command = [sys.executable, "-m", "parley_local", "run", "--free-ports", "--with-parent"]
    with (
        (folder / "runner.log").open("w") as said,
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True) as runner,
    ):
        try:
            yield _layout(runner, folder)
        finally:
            assert runner.stdin is not None
            runner.stdin.close()
            runner.wait(_STOPS_WITHIN)
            _drop_databases(mongodb_uri, prefix.replace(".", "_"))
            asyncio.run(_delete_topics(kafka_servers, prefix))


def _layout(runner: subprocess.Popen[str], folder: Path) -> Layout:
    assert runner.stdout is not None
    line = runner.stdout.readline()
    if not line:
        snapshot = Snapshot.read(folder)
        pytest.fail(f"the stack did not get healthy: {snapshot.problem if snapshot else ''}\n{(folder / 'runner.log').read_text()}")
    return Layout.of(json.loads(line))


def _drop_databases(uri: str, prefix: str) -> None:
    with MongoClient[dict[str, Any]](uri) as client:
        for made in client.list_databases(filter={"name": re.compile(f"^{re.escape(prefix)}")}, nameOnly=True):
            client.drop_database(made["name"])


async def _delete_topics(servers: str, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.delete_topics([topic for topic in await admin.list_topics() if topic.startswith(prefix)])
    finally:
        await admin.close()
