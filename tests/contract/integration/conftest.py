"""Opens a service's world when it is first asked for."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest
from parley_openapi.world import World, world_of
from pymongo import MongoClient


@pytest.fixture(scope="session")
def open_world(tmp_path_factory: pytest.TempPathFactory, mongodb_uri: str) -> Iterator[Callable[[str], World]]:
    """The world of a service, the same for all tests."""
    with ExitStack() as opened:
        client = opened.enter_context(MongoClient[dict[str, Any]](mongodb_uri))

        @cache
        def of(service: str) -> World:
            database = f"test_{os.urandom(6).hex()}"
            opened.callback(client.drop_database, database)
            return opened.enter_context(world_of(service, tmp_path_factory.mktemp("keys"), mongodb_uri, database))

        yield of
