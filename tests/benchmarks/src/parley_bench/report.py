"""What was measured, as JSON and as a table."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parley_bench.figures import Rounds, Spread
from parley_bench.ways import Benchmark, Goal

BEGIN, END = "<!-- begin: written by `make bench` -->", "<!-- end: written by `make bench` -->"


def write(page: Path, found: Mapping[str, Any]) -> None:
    """Put what was measured between the marks of the page, each benchmark in the place of its older figures."""
    head, begin, rest = page.read_text().partition(BEGIN)
    older, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page} lacks the lines {BEGIN} and {END}: put them where the figures belong.")
    sections = _sections(older) | {each["name"]: f"{table(each)}\n{_conditions(found['conditions'])}" for each in found["benchmarks"]}
    written = "\n".join(sections[name] for name in sorted(sections, key=lambda name: int(name[1:])))
    page.write_text(f"{head}{begin}\n{written}{end}{tail}")


def _sections(text: str) -> dict[str, str]:
    """What stands there already, by benchmark."""
    return {part.split(" ", 1)[0]: f"### {part.strip()}\n" for part in text.split("### ")[1:]}


def _conditions(of: Mapping[str, Any]) -> str:
    load = f"load {min(of['load']):g} to {max(of['load']):g}"
    return f"{of['at'][:10]}, Python {of['python']}, {of['cores']} cores, {load}, {of['rounds']} rounds.\n"


def as_json(benchmark: Benchmark, rounds: Rounds) -> dict[str, Any]:
    """Every sample, and the goals with what came of them."""
    return {
        "name": benchmark.name,
        "title": benchmark.title,
        "rounds": [{way: _sample(each[way]) for way in each} for each in rounds],
        "goals": [_goal(goal, Spread.of([goal.value(each) for each in rounds])) for goal in benchmark.goals],
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
        lines.append(f"| {goal['says']} | {spread} | {_met(goal)} |")
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
        "says": goal.says,
        "measured": spread.middle,
        "least": spread.least,
        "most": spread.most,
        "met": goal.met(spread.middle),
    }
