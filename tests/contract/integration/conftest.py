"""Opens a service's world when it is first asked for, and says at the end how many requests were generated for each API."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest
from parley_openapi.world import World, world_of
from pymongo import MongoClient

REQUESTS: pytest.StashKey[Counter[tuple[str, str]]] = pytest.StashKey()


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


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Counter[tuple[str, str]]:
    """How many requests to which service were answered in which way."""
    return pytestconfig.stash.setdefault(REQUESTS, Counter())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    tally = config.stash.get(REQUESTS, Counter())
    for service in sorted({service for service, _ in tally}):
        answers = {answer: number for (of, answer), number in sorted(tally.items()) if of == service}
        told = ", ".join(f"{number} answered {answer}" for answer, number in answers.items())
        terminalreporter.write_line(f"{service}: {sum(answers.values())} generated requests, {told}")
