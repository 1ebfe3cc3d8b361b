"""`python -m parley_drill.isolation`: run a drill of isolation, or judge again what an earlier one left behind."""

import argparse
import asyncio
import logging
import sys
from dataclasses import fields
from pathlib import Path

from parley_local.layout import ROOT
from parley_local.problem import CannotRun

from parley_drill import report
from parley_drill.isolation.drill import isolation
from parley_drill.isolation.judging import judge
from parley_drill.isolation.rounds import Rounds
from parley_drill.terminal import say, until_told

FOLDER = ROOT / ".local" / "drill-isolation"


def main(arguments: list[str]) -> int:
    """The command line; 0 where the promise was kept."""
    options = _parser().parse_args(arguments)
    # Lost connections of the drill's own reader say nothing of a market.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    if options.again:
        verdict = judge(options.folder)
    else:
        rounds = Rounds(**{field.name: getattr(options, field.name) for field in fields(Rounds)})
        verdict = asyncio.run(until_told(isolation(rounds, options.folder, say)))
    report.write(verdict, options.folder)
    sys.stdout.write(report.text(verdict) + f"\nThe evidence and the report are in {options.folder}\n")
    return 0 if verdict.holds else 1


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
    parser.add_argument(
        "--folder", type=lambda text: Path(text).absolute(), default=FOLDER, help="where the evidence goes; an older one is removed"
    )
    parser.add_argument("--again", action="store_true", help="judge the evidence of an earlier drill")
    return parser


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except CannotRun as error:
        raise SystemExit(str(error)) from None
