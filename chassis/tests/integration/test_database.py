"""A service's own database: opened without waiting, watched by the probes, prepared once it is there."""

from pathlib import Path
from typing import Any

import pytest
from parley_chassis.database import own_database, prepare
from parley_chassis.mongo import Index
from parley_chassis.mongo.answers import COMMANDS
from parley_chassis.probes import Readiness
from parley_chassis.settings import ServiceSettings


def settings(folder: Path, **changes: Any) -> ServiceSettings:
    (folder / "jwks.json").write_text("{}")
    whole = {
        "environment": "test",
        "service": "thing-keeper",
        "kafka_bootstrap_servers": "127.0.0.1:1",
        "http_port": 8080,
        "probe_port": 8081,
        "worker_port": 8082,
        "public_url": "https://things.example",
        "markets_dir": folder,
        "auth": {"issuer": "https://id.example", "jwks_file": folder / "jwks.json"},
        **changes,
    }
    return ServiceSettings(**whole)


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_a_process_is_ready_while_its_database_answers(tmp_path: Path, mongodb_uri: str, database_name: str, driver: str) -> None:
    readiness = Readiness()
    readiness.started()
    known = settings(tmp_path, mongodb_uri=mongodb_uri, mongodb_database=database_name, mongodb_driver=driver)

    async with own_database(known, readiness) as database:
        await prepare(database, [Index("things", [("at", 1)])])
        assert database.name == database_name
        assert await readiness.report() == (True, {"process": "running", "mongodb": "ok"})
        assert len(await database["things"].index_information()) == 2
        assert len(await database[COMMANDS].index_information()) == 2, "what every service needs is there too"

    assert (await readiness.report())[0] is False, "and not once it is closed"


async def test_a_process_starts_without_its_database_and_is_not_ready(tmp_path: Path) -> None:
    readiness = Readiness()
    readiness.started()
    nowhere = settings(tmp_path, mongodb_uri="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100")

    async with own_database(nowhere, readiness) as database:
        assert database.name == "thing_keeper"
        ready, states = await readiness.report()

    assert not ready
    assert states["mongodb"] != "ok"
