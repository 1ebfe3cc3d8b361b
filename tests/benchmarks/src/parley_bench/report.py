"""What was measured, as JSON and as a table."""

from collections.abc import Mapping
from typing import Any

from parley_bench.figures import Rounds, Spread, ratio
from parley_bench.ways import Benchmark, Goal

_WORDS = {"rate": "the rate of", "cpu": "less CPU than"}


def as_json(benchmark: Benchmark, rounds: Rounds) -> dict[str, Any]:
    """Every sample, and the goals with what came of them."""
    return {
        "name": benchmark.name,
        "title": benchmark.title,
        "rounds": [{way: _sample(each[way]) for way in each} for each in rounds],
        "goals": [_goal(goal, ratio(rounds, goal)) for goal in benchmark.goals],
    }


def table(measured: Mapping[str, Any]) -> str:
    """The same for people, in Markdown."""
    lines = [f"### {measured['name']} {measured['title']}", ""]
    lines += ["| way | items a second (least-most) | CPU us an item, of that each process |", "| --- | --- | --- |"]
    for way in measured["rounds"][0]:
        samples = [each[way] for each in measured["rounds"]]
        rate = Spread.of([each["rate"] for each in samples])
        processes = ", ".join(f"{name} {_cpu(samples, name):,.0f}" for name in samples[0]["cpu"])
        cpu = Spread.of([each["cpu_us"] for each in samples]).middle
        lines.append(f"| {way} | {rate.middle:,.0f} ({rate.least:,.0f}-{rate.most:,.0f}) | {cpu:,.0f}: {processes} |")
    lines += ["", "| goal | measured (least-most) | |", "| --- | --- | --- |"]
    for goal in measured["goals"]:
        spread = f"{goal['measured']:.2f} ({goal['least']:.2f}-{goal['most']:.2f})"
        lines.append(f"| >= {goal['at_least']:g} x {_WORDS[goal['of']]} {goal['against']} | {spread} | {_met(goal)} |")
    return "\n".join(lines) + "\n"


def _met(goal: Mapping[str, Any]) -> str:
    return "met" if goal["met"] else "**missed**"


def _cpu(samples: list[Any], process: str) -> float:
    return Spread.of([each["cpu"][process] / each["items"] * 1e6 for each in samples]).middle


def _sample(sample: Any) -> dict[str, Any]:
    return {
        "items": sample.items,
        "wall": sample.wall,
        "cpu": dict(sample.cpu),
        "rate": sample.rate,
        "cpu_us": sample.cpu_us,
    }


def _goal(goal: Goal, spread: Spread) -> dict[str, Any]:
    return {
        "against": goal.against,
        "of": goal.of,
        "at_least": goal.at_least,
        "measured": spread.middle,
        "least": spread.least,
        "most": spread.most,
        "met": spread.middle >= goal.at_least,
    }
