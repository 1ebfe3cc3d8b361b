"""What a drill measured: counts, delays and times to recover."""

from collections import Counter
from typing import Any

from parley_drill.checks import backlog, clock, erasure, fencing, order, poison, replay, stops, takeovers
from parley_drill.checks.clock import OVERDUE, RETRACTED
from parley_drill.checks.poison import AFTERMATH
from parley_drill.evidence import Evidence


def figures(evidence: Evidence) -> dict[str, Any]:
    """Everything that the report prints."""
    history = evidence.history
    copies = Counter(mail["message_id"] for mail in evidence.mails)
    deliveries = evidence.rows.get("deliveries", [])
    healthy, disturbed = detection(evidence)
    return {
        "seeds": evidence.plan.get("seeds"),
        "seconds": evidence.plan.get("seconds"),
        "brokers": evidence.plan.get("brokers"),
        "database nodes": evidence.plan.get("members"),
        "faults": dict(sorted(Counter(line["kind"] for line in evidence.faults).items())),
        "single faults": sum(_single(line) for line in evidence.faults),
        "crash points hit": dict(sorted(Counter(line["point"] for line in evidence.faults if "point" in line).items())),
        "operations": len(history),
        "answers": dict(sorted(Counter(line["outcome"] for line in history).items())),
        "answered again": sum(1 for line in history if line.get("replayed")),
        "events": len(evidence.real),
        "unpublished": len(order.unpublished(evidence)),
        "repeats on the log": sum(1 for each in evidence.records if each.is_event) - len(evidence.firsts),
        "parked": dict(Counter(row["database"] for row in evidence.rows.get("parked", []))),
        "refused": dict(Counter(row["database"] for row in evidence.rows.get("refused", []))),
        "mails expected": sum(1 for row in deliveries if row["state"] not in ("folded", "obsolete", "suppressed")),
        "mails accepted": len(copies),
        "mails repeated": sum(copies.values()) - len(copies),
        "ambiguous attempts": sum(row["ambiguous"] for row in deliveries),
        "mails by end": dict(sorted(Counter(row["state"] for row in deliveries).items())),
        "overdue": len(evidence.of_type(OVERDUE)),
        "false overdue": len(clock.false_overdue(evidence)),
        "missed overdue": len(clock.missed(evidence)),
        "retractions": dict(Counter(record.data.reason.value for record in evidence.of_type(RETRACTED))),
        "detection delay, healthy (s)": spread(healthy),
        "detection delay, under faults (s)": spread(disturbed),
        "a killed relay was replaced after (s)": spread(takeovers.relays(evidence)),
        "a killed consumer was replaced after (s)": spread(takeovers.consumers(evidence)),
        "longest silence of a relay (s)": spread(takeovers.silences(evidence)),
        "from log to effect (s)": spread([late for _, late in takeovers.effects(evidence)]),
        "from log to parked (s)": spread(poison.delays(evidence)),
        "told to end, and ended after (s)": spread(stops.times(evidence)),
        "saves of relays": fencing.saves(evidence),
        "erasures": erasure.figures(evidence),
        "kept of them before": sorted({place for each in evidence.erasures for place in each["before"]}),
        "log folded again": replay.told(evidence),
        "answers while no broker was there": dict(
            Counter(f"{line['kind']} {line['outcome']}" for line in takeovers.without_broker(evidence))
        ),
        "queue after an outage (s)": backlog.drained(evidence),
        "settled after the faults (s)": evidence.drained.get("seconds"),
        "caught up after the faults (s)": evidence.drained.get("caught up after"),
        "came to rest": bool(evidence.drained.get("settled") or evidence.drained.get("stuck")),
        "left when it was given up": evidence.drained.get("left", "nothing"),
        "processes started again": sum(evidence.drained.get("restarts", {}).values()),
        "faults left out": evidence.drained.get("faults left out"),
    }


def spread(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and maximum."""
    ranked = sorted(values)
    if not ranked:
        return {"count": 0}
    at = {"p50": len(ranked) // 2, "p99": min(len(ranked) - 1, int(len(ranked) * 0.99)), "max": len(ranked) - 1}
    return {"count": len(ranked), **{name: round(ranked[place], 2) for name, place in at.items()}}


def detection(evidence: Evidence) -> tuple[list[float], list[float]]:
    """From due to the overdue fact on the log: in healthy times, and in others."""
    healthy: list[float] = []
    disturbed: list[float] = []
    for record in evidence.of_type(OVERDUE):
        due = record.data.due.timestamp()
        (healthy if _is_healthy(evidence, due, record.timestamp) else disturbed).append(record.timestamp - due)
    return healthy, disturbed


def _is_healthy(evidence: Evidence, since: float, until: float) -> bool:
    return not any(fault["began"] <= until and fault["ended"] + AFTERMATH >= since for fault in evidence.faults)


def _single(fault: dict[str, Any]) -> int:
    """A fault counts once, or as many times as it hit a connection, a mail or a record."""
    return int(max(1, fault.get("count", 1), fault.get("connections", 1)))
