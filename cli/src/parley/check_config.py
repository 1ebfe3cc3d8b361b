"""`parley check-config`: every fault of the market files at once, as each installed service sees them."""

import argparse
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from parley_chassis.markets import MarketPart, check_markets

from parley import printing
from parley.problem import CannotDo
from parley.settings import Settings

GROUP = "parley.markets"
"""The entry points by which a part names what it reads of a market file."""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="the folder with one YAML file for each market, such as config/markets")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace, settings: Settings) -> None:
    readers = sorted(entry_points(group=GROUP), key=lambda reader: reader.name)
    if not readers:
        raise CannotDo("No part of Parley that reads market files is installed here, so nothing can be checked. Install the services.")
    if not given.folder.is_dir():
        raise CannotDo(f"{given.folder} is not a folder; name the one with the market files.")
    if faults := check_markets(given.folder, [_part(reader) for reader in readers]):
        raise CannotDo("\n  ".join(["The market files need attention:", *map(str, faults)]))
    printing.say(f"Nothing is wrong with the market files in {given.folder} (as read by: {', '.join(reader.name for reader in readers)}).")


def _part(reader: EntryPoint) -> type[MarketPart]:
    part = reader.load()
    if not (isinstance(part, type) and issubclass(part, MarketPart)):
        raise CannotDo(f"The entry point {reader.name} of {GROUP} names no part of a market file; mend its pyproject.toml.")
    return part
