"""`python -m parley_drill`: run a drill, or judge again what an earlier one left behind."""

import argparse
import asyncio
from dataclasses import fields

from parley_local.layout import ROOT

from parley_drill import evidence
from parley_drill.drill import drill
from parley_drill.faults import FAULTS
from parley_drill.plan import Plan
from parley_drill.planted import BUGS
from parley_drill.planting import plant
from parley_drill.terminal import add_evidence, end, say, told, until_told
from parley_drill.verdict import judge

FOLDER = ROOT / ".local" / "drill"


def main(arguments: list[str]) -> int:
    """The command line; 0 where every promise was kept, or every planted bug was found."""
    options = _parser().parse_args(arguments)
    if options.plant:
        return 1 if asyncio.run(until_told(plant(options.plant, _plan(options), options.folder, say))) else 0
    judged = judge(evidence.load(options.folder)) if options.again else None
    verdict = judged or asyncio.run(until_told(drill(_plan(options), options.folder, say)))
    return told(verdict, options.folder)


def _plan(options: argparse.Namespace) -> Plan:
    given = vars(options)
    return Plan(**{field.name: given[field.name] for field in fields(Plan) if field.name in given and field.name != "plant"})


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(","))


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(each for each in text.split(",") if each)
    if unknown := set(kinds) - FAULTS.keys():
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
    return kinds


def _bugs(text: str) -> tuple[str, ...]:
    bugs = tuple(BUGS) if text == "all" else tuple(each for each in text.split(",") if each)
    if unknown := set(bugs) - BUGS.keys():
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BUGS)}")
    return bugs


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m parley_drill", description=__doc__)
    parser.add_argument("--seeds", type=_numbers, default=(1,), metavar="N,…", help="one wave of faults for each")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long a wave lasts")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    parser.add_argument("--members", type=int, choices=(1, 3), default=1, help="of the database's replica set")
    parser.add_argument("--rate", type=float, default=Plan.rate, help="commands a second")
    parser.add_argument("--reads", type=float, default=Plan.reads, help="looks into conversations a second")
    parser.add_argument("--clients", type=int, default=Plan.clients, help="how many people write, and how many look, at the same time")
    parser.add_argument("--at-once", type=int, default=Plan.at_once, help="how many faults there are at a time")
    parser.add_argument("--rest", type=float, default=Plan.rest, help="seconds from one fault to the next, on average")
    parser.add_argument("--outage", type=float, default=Plan.outage, help="seconds that a broker-outage lasts")
    parser.add_argument("--calm", type=float, default=Plan.calm, help="seconds without a fault before and after a wave")
    parser.add_argument("--drain", type=float, default=Plan.drain, help="seconds after which it has not drained")
    parser.add_argument("--faults", type=_kinds, default=(), metavar="KIND,…", help="these kinds alone")
    parser.add_argument(
        "--plant", type=_bugs, default=(), metavar="BUG,…", help="plant these bugs, one after another, each to be found; or all"
    )
    add_evidence(parser, FOLDER)
    return parser


if __name__ == "__main__":
    end(main)
