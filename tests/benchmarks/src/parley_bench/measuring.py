"""Takes the samples: first that all ways do the same work, then round by round, each way once, in turning order."""

import time
from collections.abc import Callable, Mapping, Sequence

import psutil

from parley_bench.figures import Sample
from parley_bench.ways import Benchmark, Way

Cpu = Callable[[Sequence[str]], Mapping[str, float]]
"""Seconds of CPU so far, of each process that is named."""

PROCESSES: Mapping[str, frozenset[str]] = {
    "kafka": frozenset({"java"}),
    "mongodb": frozenset({"mongod"}),
    "server": frozenset({"parley_bench.serving"}),
    "sink": frozenset({"parley_bench.sink"}),
    "peer": frozenset({"parley_bench.helpdesk", "parley_bench.scheduler"}),
    "services": frozenset({"ticketing", "inquiries", "notifier", "sla_monitor"}),
}
"""What is started beside the client, by the program or the module that it is."""


class Different(RuntimeError):
    """Two ways do not do the same work: their figures say nothing."""


async def measure(benchmark: Benchmark, *, rounds: int, cpu: Cpu, say: Callable[[str], None]) -> list[dict[str, Sample]]:
    """All rounds of one benchmark. No round is thrown away; the comparison has warmed everything up."""
    async with benchmark.around():
        await compare(benchmark)
        say(f"{benchmark.name}: all ways do the same work")
        return [await _round(benchmark, number, rounds, cpu, say) for number in range(rounds)]


async def _round(benchmark: Benchmark, number: int, of: int, cpu: Cpu, say: Callable[[str], None]) -> dict[str, Sample]:
    samples = {way.name: await _timed(way, cpu) for way in turned(benchmark.ways, number)}
    found = {way.name: samples[way.name] for way in benchmark.ways}
    said = ", ".join(f"{name} {sample.rate:,.0f}/s" for name, sample in found.items())
    say(f"{benchmark.name}: round {number + 1} of {of}: {said}")
    return found


def turned(ways: Sequence[Way], number: int) -> Sequence[Way]:
    """Each round begins with another way, so that none always profits from what ran before it."""
    first = number % len(ways)
    return [*ways[first:], *ways[:first]]


async def compare(benchmark: Benchmark) -> None:
    """Every way does a little of the work; those that say they do the whole of it must leave the same behind."""
    expected: tuple[str, object] | None = None
    for way in benchmark.ways:
        async with way.staged(benchmark.alike) as stage:
            await stage.work()
            if not way.comparable:
                continue
            left = await stage.left()
        if not left:
            raise Different(f"{benchmark.name}: {way.name} left nothing behind")
        if expected and left != expected[1]:
            raise Different(f"{benchmark.name}: {way.name} leaves {left!r:.500}, {expected[0]} leaves {expected[1]!r:.500}")
        expected = expected or (way.name, left)


async def _timed(way: Way, cpu: Cpu) -> Sample:
    async with way.staged(way.items) as stage:
        before, begun = cpu(way.counted), time.perf_counter()
        await stage.work()
        wall, after = time.perf_counter() - begun, cpu(way.counted)
    return Sample(way.items, wall, {name: after[name] - before[name] for name in after})


def processes(wanted: Sequence[str]) -> Mapping[str, float]:
    """This process (client) and those that it started; ends the run where one of them cannot be read, as a given server's."""
    own = psutil.Process()
    spent = {"client": _seconds(own)} if "client" in wanted else {}
    for child in own.children(recursive=True):
        for name in wanted:
            if PROCESSES.get(name, frozenset()) & {child.name(), *child.cmdline()}:
                spent[name] = spent.get(name, 0.0) + _seconds(child)
    if missing := set(wanted) - spent.keys():
        raise SystemExit(f"The CPU of {', '.join(sorted(missing))} cannot be read: unset KAFKA_BOOTSTRAP_SERVERS and MONGODB_URI.")
    return spent


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    seconds: float = times.user + times.system
    return seconds
