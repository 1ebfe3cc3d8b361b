"""The report of a drill, as text for people and as JSON for programs."""

import json
from pathlib import Path
from typing import Any

from parley_drill.verdict import Verdict

SHOWN = 40


def text(verdict: Verdict) -> str:
    """What a person reads: the figures, then what was broken, then the verdict."""
    lines = [f"{name:<34} {_short(value)}" for name, value in verdict.figures.items()]
    lines += ["", *(f"- {each}" for each in verdict.violations[:SHOWN])]
    if (left := len(verdict.violations) - SHOWN) > 0:
        lines.append(f"- and {left} more, in report.json")
    return "\n".join([*lines, "", f"VERDICT: {verdict.word}, {len(verdict.violations)} violations"])


def write(verdict: Verdict, folder: Path) -> None:
    """report.txt and report.json beside the evidence."""
    (folder / "report.txt").write_text(text(verdict) + "\n")
    told = {"verdict": verdict.word, "violations": [str(each) for each in verdict.violations], "figures": verdict.figures}
    (folder / "report.json").write_text(json.dumps(told, indent=1, default=str) + "\n")


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {inner}" for name, inner in value.items()) or "none"
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value)
