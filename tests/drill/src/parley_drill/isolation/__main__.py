"""`python -m parley_drill.isolation`: run a drill of isolation, or judge again what an earlier one left behind."""

import argparse
import asyncio
from dataclasses import fields

from parley_local.layout import ROOT

from parley_drill.isolation.drill import isolation
from parley_drill.isolation.judging import judge
from parley_drill.isolation.rounds import Rounds
from parley_drill.terminal import add_evidence, end, say, told, until_told

FOLDER = ROOT / ".local" / "drill-isolation"


def main(arguments: list[str]) -> int:
    """The command line; 0 where the promise was kept."""
    options = _parser().parse_args(arguments)
    if options.again:
        verdict = judge(options.folder)
    else:
        rounds = Rounds(**{field.name: getattr(options, field.name) for field in fields(Rounds)})
        verdict = asyncio.run(until_told(isolation(rounds, options.folder, say)))
    return told(verdict, options.folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m parley_drill.isolation", description=__doc__)
    usual = Rounds()
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="how often each kind of trouble comes")
    parser.add_argument(
        "--seconds", type=float, default=usual.seconds, help="how long a window lasts; 12 s of it tell nothing of detection"
    )
    parser.add_argument("--rate", type=float, default=usual.rate, help="commands a second of each market; twice as many looks")
    parser.add_argument("--noise", type=float, default=usual.noise, help="how many times its usual rate the noisy market works")
    add_evidence(parser, FOLDER)
    return parser


if __name__ == "__main__":
    end(main)
