"""G12: a process that is told to end does so by itself, in time and in order, and cancels nothing on the way."""

from collections.abc import Iterator

from parley_chassis.service import DRAIN

from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence
from parley_drill.journal import Line

KIND = "rolling-restart"
NEAR = 5.0
"""Seconds before and after which a fault of the same process, of the broker or of the database disturbs."""


def check(evidence: Evidence) -> Iterator[Violation]:
    """Each process that was told to end and that nothing else disturbed."""
    for stop in undisturbed(evidence):
        seconds = stop["ended"] - stop["began"]
        if seconds > DRAIN:
            yield Violation("I16 stop", "G12", f"{stop['target']} took {seconds:.1f} s to end")
        if stop["code"] != 0:
            yield Violation("I16 stop", "G12", f"{stop['target']} was told to end, and its exit code was {stop['code']}")
        for each in evidence.cancelled:
            if each["process"] == stop["target"] and stop["began"] <= each["at"] <= stop["ended"]:
                yield Violation("I16 cancelled", "G12", f"{stop['target']} was told to end: {each['event']}")


def undisturbed(evidence: Evidence) -> list[Line]:
    """The ends that tell something of the process, and not of what else was broken."""
    stops = [fault for fault in evidence.faults if fault["kind"] == KIND]
    others = [fault for fault in evidence.faults if fault["kind"] != KIND]
    return [stop for stop in stops if not any(_disturbs(other, stop) for other in others)]


def times(evidence: Evidence) -> list[float]:
    return [stop["ended"] - stop["began"] for stop in undisturbed(evidence)]


def _disturbs(other: Line, stop: Line) -> bool:
    concerns = other["target"] == stop["target"] or other["target"].startswith(("kafka", "mongodb"))
    return concerns and bool(other["began"] - NEAR <= stop["ended"] and other["ended"] + NEAR >= stop["began"])
