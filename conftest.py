"""What every test may use: the fixtures of the chassis and the kernel, and a marker that follows from the folder."""

import pytest
from hypothesis import HealthCheck, settings

# How fast the machine is today is no property of the code: a test that draws its inputs is not red because it was slow.
settings.register_profile("parley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parley")

pytest_plugins = ["parley_chassis.testing", "parley_conversation.testing.people"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test in a folder called integration or e2e needs real servers, so it gets that marker."""
    for item in items:
        for folder in ("integration", "e2e"):
            if folder in item.path.parts:
                item.add_marker(folder)
