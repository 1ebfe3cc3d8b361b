"""G14: a window of trouble against the calm ones beside it, and the calm ones against each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from statistics import median
from typing import Any

from parley_drill import evidence as files
from parley_drill import journal
from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence
from parley_drill.isolation.rounds import CALM, SMTP_DOWN, TROUBLES
from parley_drill.isolation.samples import MAIL, MEASURES, WINDOWS, Measure, Sample, Window, windows
from parley_drill.verdict import Verdict

ALLOWED = 1.20
LEAST = 8
"""Samples without which a window says nothing."""
KEPT, BROKEN, NOISE, NOT_MEASURED = "kept", "broken", "within the noise", "not measured"


@dataclass(frozen=True, slots=True)
class Pair:
    """The median of one window against that of those around it."""

    here: float
    around: float

    @property
    def ratio(self) -> float:
        return self.here / self.around

    @property
    def difference(self) -> float:
        return self.here - self.around


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure in all windows of one kind of trouble (``pairs``), and in the calm windows (``calm``)."""

    pairs: list[Pair]
    calm: list[Pair]
    here: list[float]
    around: list[float]

    @property
    def ratio(self) -> float:
        """The middle one: one window in which the machine was busy decides nothing."""
        return median(pair.ratio for pair in self.pairs)

    @property
    def difference(self) -> float:
        return median(pair.difference for pair in self.pairs)

    @property
    def noise(self) -> float:
        """The largest difference that so many calm windows would have shown in the place of those with trouble."""
        largest = sorted(pair.difference for pair in self.calm)[-len(self.pairs) :]
        return max(0.0, median(largest))

    @property
    def word(self) -> str:
        if not self.pairs or len(self.calm) < len(self.pairs):
            return NOT_MEASURED
        if self.ratio <= ALLOWED:
            return KEPT
        return BROKEN if self.difference > self.noise else NOISE

    def told(self) -> dict[str, Any]:
        """For the report, in milliseconds."""
        if self.word == NOT_MEASURED:
            return {"verdict": NOT_MEASURED, "samples": len(self.here), "in calm": len(self.around)}
        return {
            "ratio": round(self.ratio, 2),
            "p50": _ms(median(self.here)),
            "in calm": _ms(median(self.around)),
            "difference": _ms(self.difference),
            "noise": _ms(self.noise),
            "p95": _ms(_p95(self.here)),
            "p95 in calm": _ms(_p95(self.around)),
            "samples": len(self.here),
            "pairs": len(self.pairs),
            "verdict": self.word,
        }


def compare(kind: str, all_windows: Sequence[Window], measure: Measure, samples: Sequence[Sample]) -> Compared:
    """Windows of trouble stand between two calm ones; each calm one stands between two others."""

    def found(*of: Window) -> list[float]:
        return [sample.seconds for sample in samples if any(measure.within(sample, window) for window in of)]

    def paired(row: Sequence[Window], places: Sequence[int]) -> Iterator[Pair]:
        for place in places:
            here, around = found(row[place]), found(row[place - 1], row[place + 1])
            if min(len(here), len(around)) >= LEAST and isfinite(beside := median(around)):
                yield Pair(median(here), beside)

    calm = [window for window in all_windows if window.kind == CALM]
    places = [place for place, window in enumerate(all_windows) if window.kind == kind]
    return Compared(
        pairs=list(paired(all_windows, places)),
        calm=list(paired(calm, range(1, len(calm) - 1))),
        here=found(*(all_windows[place] for place in places)),
        around=found(*(all_windows[place + step] for place in places for step in (-1, 1))),
    )


def compared(evidence: Evidence, all_windows: Sequence[Window]) -> dict[tuple[str, str], Compared]:
    """Every kind of trouble by every measure; mails are no measure where no mail can go."""
    found = {}
    for measure in MEASURES:
        samples = list(measure.samples(evidence))
        for kind in TROUBLES:
            if (kind, measure) != (SMTP_DOWN, MAIL):
                found[kind, measure.name] = compare(kind, all_windows, measure, samples)
    return found


def judge(folder: Path) -> Verdict:
    """Compute it from what a drill left behind."""
    evidence, lines = files.load(folder), journal.read(folder / WINDOWS)
    loads = {kind: f"{median(line['load'] for line in lines if line['kind'] == kind):.1f}" for kind in {line["kind"] for line in lines}}
    about = {**evidence.plan, "settled": bool(evidence.drained.get("settled")), "load of the machine": dict(sorted(loads.items()))}
    return judged(compared(evidence, windows(lines)), about)


def judged(found: Mapping[tuple[str, str], Compared], about: Mapping[str, Any]) -> Verdict:
    """Broken where anything is; not measured where anything else could not be."""
    figures = {**about, **{f"{kind}: {name} (ms)": each.told() for (kind, name), each in found.items()}}
    violations = [
        Violation("I21 isolation", "G14", f"{kind}: {name} of the quiet market took {each.ratio:.2f} times as long as in calm")
        for (kind, name), each in found.items()
        if each.word == BROKEN
    ]
    if violations:
        return Verdict(BROKEN, violations, figures)
    return Verdict(NOT_MEASURED if any(each.word == NOT_MEASURED for each in found.values()) else KEPT, [], figures)


def _p95(values: list[float]) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
