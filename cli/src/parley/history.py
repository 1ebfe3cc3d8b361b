"""`parley history`: what was decided, by whom, why, and what came of it."""

import argparse

from parley import printing
from parley.services import Services
from parley.settings import SERVICES, Settings

COLUMNS = ("service", "asked_at", "verb", "topic", "subject", "by", "reason", "result")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", nargs="?", choices=SERVICES, help="of this service alone")
    parser.add_argument("--subject", help="about this subject alone")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=show)


def show(given: argparse.Namespace, settings: Settings) -> None:
    found, faults = Services(settings).items(given.service, "/v1/decisions", subject=given.subject)
    newest_first = sorted(found, key=lambda decision: str(decision["asked_at"]), reverse=True)
    printing.rows(newest_first, COLUMNS, as_json=given.json, nothing="Nothing was decided yet.", faults=faults)
