"""What all tests of the monitor share."""

import pytest
from sla_monitor.testing import Log, MemoryMonitor


@pytest.fixture
def monitor() -> MemoryMonitor:
    return MemoryMonitor()


@pytest.fixture
def log() -> Log:
    return Log()
