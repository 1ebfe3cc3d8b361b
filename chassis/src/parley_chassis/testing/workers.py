"""One broker and one database for all workers of a parallel run: pytest-xdist's controller starts them and hands out the addresses."""

from contextlib import ExitStack
from typing import Any

import pytest

from parley_chassis.testing import servers


class SharedServers:
    """Lives in the controller, and ends the servers after the last worker has ended."""

    def __init__(self) -> None:
        self._held = ExitStack()
        self._addresses: dict[str, str] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        if not self._addresses:
            self._addresses = {
                "mongodb_uri": self._held.enter_context(servers.mongodb()),
                "kafka_servers": self._held.enter_context(servers.kafka()),
            }
        node.workerinput.update(self._addresses)

    def pytest_unconfigure(self) -> None:
        self._held.close()


def handed(config: pytest.Config, fixture: str) -> str | None:
    """What the controller handed this worker for a fixture; None in a run without workers."""
    address: str | None = getattr(config, "workerinput", {}).get(fixture)
    return address
