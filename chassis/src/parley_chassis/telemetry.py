"""Metrics: one registry a process, names and labels that are checked when they are made."""

import re
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry()
"""Everything that `/metrics` shows."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LABELS = frozenset(
    {
        "action", "category", "code", "domain_class", "group", "job", "kind", "market", "method", "notice", "outcome", "partition",
        "phase", "reason", "result", "role", "route", "side", "state", "status", "topic", "type",
    }
)  # fmt: skip
"""The labels there may be. An id, an address, a path or a subject is none: each value costs a series, and says who."""

LATENCY = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_NAME = re.compile(r"parley_[a-z][a-z0-9]*(_[a-z0-9]+)*")
_UNITS = ("_seconds", "_bytes", "_ratio")

disable_created_metrics()  # type: ignore[no-untyped-call]
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)


def counter(name: str, what: str, labels: Sequence[str] = ()) -> Counter:
    """A count that only grows; its name ends in `_total`."""
    if not name.endswith("_total"):
        raise ValueError(f"{name} counts something: end its name in _total")
    return Counter(_checked(name, labels), what, labels, registry=REGISTRY)


def gauge(name: str, what: str, labels: Sequence[str] = ()) -> Gauge:
    """A value that goes up and down."""
    return Gauge(_checked(name, labels), what, labels, registry=REGISTRY)


def histogram(name: str, what: str, labels: Sequence[str] = (), *, buckets: Sequence[float] = LATENCY) -> Histogram:
    """How values are spread; its name ends in their unit."""
    if not name.endswith(_UNITS):
        raise ValueError(f"{name} measures something: end its name in its unit, one of {', '.join(_UNITS)}")
    return Histogram(_checked(name, labels), what, labels, registry=REGISTRY, buckets=buckets)


def exposition() -> bytes:
    """What `/metrics` answers."""
    return generate_latest(REGISTRY)


def _checked(name: str, labels: Sequence[str]) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name} is not a name of ours; write it as parley_<what>_<unit>, in lower case")
    if unknown := set(labels) - LABELS:
        raise ValueError(f"{name}: {', '.join(sorted(unknown))} is no label of ours; take one of {', '.join(sorted(LABELS))}")
    return name
