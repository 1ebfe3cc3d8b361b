"""The post's desk in memory, and two markets."""

import pytest
from notifier.domain.rules import Rules
from notifier.testing.builders import AT, two_markets
from notifier.testing.desk import MemoryDesk


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk(AT)


@pytest.fixture
def rules() -> Rules:
    return two_markets()
