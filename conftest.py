"""What every test may use: fixtures of the chassis and the kernel, a marker that follows from the folder, and what runs side by side."""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How fast the machine is today is no property of the code: a test that draws its inputs is not red because it was slow.
settings.register_profile("parley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parley")

TALLY = "tally"

pytest_plugins = ["parley_chassis.testing", "parley_conversation.testing.people"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test in a folder called integration or e2e needs real servers, so it gets that marker."""
    for item in items:
        for folder in ("integration", "e2e"):
            if folder in item.path.parts:
                item.add_marker(folder)
    if hasattr(config, "workerinput"):
        # Side by side, what takes longest begins first.
        items.sort(key=lambda item: ("e2e" not in item.path.parts, "integration" not in item.path.parts))


@pytest.fixture
def tally(record_property: Any) -> Iterator[Counter[tuple[str, str]]]:
    """What a test counts, and how it came out; the summary tells the sums of all tests, whichever worker ran them."""
    counted: Counter[tuple[str, str]] = Counter()
    yield counted
    record_property(TALLY, dict(counted))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    sums: Counter[tuple[str, str]] = Counter()
    for report in (each for reports in terminalreporter.stats.values() for each in reports):
        # What a fixture records when its test is over stands in the report of the teardown.
        if isinstance(report, pytest.TestReport) and report.when == "teardown":
            sums.update({kind: number for name, counted in report.user_properties if name == TALLY for kind, number in counted.items()})
    for what in dict.fromkeys(what for what, _ in sorted(sums)):
        outcomes = {how: number for (of, how), number in sorted(sums.items()) if of == what}
        terminalreporter.write_line(f"{what}: {sum(outcomes.values())}: {', '.join(f'{number} {how}' for how, number in outcomes.items())}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One worker runs the tests of a file one after another; and those of a folder called e2e, because they share a whole system."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = PurePath(super()._split_scope(nodeid))
            return str(file.parent if "e2e" in file.parts else file)

    return Scheduling(config, log)
