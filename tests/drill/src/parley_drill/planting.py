"""Drills the checker: one short drill for each planted bug, and each must be found, by the invariant that it breaks."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from parley_drill import report
from parley_drill.drill import drill
from parley_drill.plan import Plan
from parley_drill.planted import BUGS
from parley_drill.staging import Say


async def plant(names: Sequence[str], plan: Plan, folder: Path, say: Say) -> list[str]:
    """Run a drill for each of these bugs; returns those that were not found."""
    missed = []
    for name in names:
        bug = BUGS[name]
        verdict = await drill(replace(plan, plant=name, faults=bug.faults), folder / name, lambda _: None)
        report.write(verdict, folder / name)
        broken = {violation.invariant for violation in verdict.violations}
        # While things still move, what is missing may only be late.
        found = sorted(broken & set(bug.breaks)) if verdict.figures["came to rest"] else []
        how = f"found by {', '.join(found)}" if found else "MISSED"
        say(f"{name:<56} {how} ({verdict.word}; broken: {', '.join(sorted(broken)) or 'nothing'})")
        if not found:
            missed.append(name)
    return missed
