"""`python -m parley_drill.series FOLDER…`: the reports of several drills as one table, and what they prove together."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Report = dict[str, Any]

COLUMNS = (
    "seeds", "brokers", "database nodes", "faults", "single faults", "operations", "events", "mails accepted", "overdue",
    "detection p50, p99 (s)", "settled (s)", "verdict",
)  # fmt: skip
SUMS = (
    "single faults", "operations", "events", "unpublished", "repeats on the log", "mails expected", "mails accepted", "mails repeated",
    "ambiguous attempts", "overdue", "false overdue", "missed overdue",
)  # fmt: skip
COUNTS = ("faults", "crash points hit", "answers", "mails by end", "retractions", "broken")
LARGER_THINGS = ("process", "worker", "service", "crash", "rolling", "broker", "controller", "database")
"""How the kinds of faults of processes, brokers and databases begin."""


def told(reports: Iterable[Report]) -> str:
    """Markdown: a row for each drill, then the sums."""
    known = list(reports)
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    lines += ["| " + " | ".join(_row(report)) + " |" for report in known]
    return "\n".join([*lines, "", *(f"- {line}" for line in _sums([report["figures"] for report in known]))]) + "\n"


def _row(report: Report) -> Iterator[str]:
    figures = report["figures"]
    healthy = figures["detection delay, healthy (s)"]
    seen = {
        **figures,
        "seeds": ", ".join(map(str, figures["seeds"])),
        "faults": sum(figures["faults"].values()),
        "detection p50, p99 (s)": f"{healthy['p50']}, {healthy['p99']}" if healthy["count"] else "too near the faults",
        "settled (s)": figures["settled after the faults (s)"],
        "verdict": report["verdict"],
    }
    return (str(seen[column]) for column in COLUMNS)


def _sums(figures: list[Report]) -> Iterator[str]:
    for name in SUMS:
        yield f"{name}: {sum(each[name] for each in figures):,}"
    for name in COUNTS:
        counted: Counter[str] = Counter()
        for each in figures:
            counted.update(each[name])
        yield f"{name}: {', '.join(f'{kind} {count:,}' for kind, count in sorted(counted.items())) or 'none'}"
    larger = sum(count for each in figures for kind, count in each["faults"].items() if kind.startswith(LARGER_THINGS))
    yield f"faults of processes, brokers and databases: {larger:,}"


if __name__ == "__main__":
    sys.stdout.write(told(json.loads((Path(folder) / "report.json").read_text()) for folder in sys.argv[1:]))
