"""`parley excuse`: what fell due while the marketplace itself was down, excused with a reason."""

import argparse

from parley import deciding, printing
from parley.services import Services
from parley.settings import Settings

MONITOR = "sla-monitor"
COLUMNS = ("id", "start", "end", "declared_at", "by", "partitions", "reason")


def add(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="WHAT")
    listing = commands.add_parser("list", help="outages that were declared, the newest first")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=list_excuses)
    help = "excuse every wait that fell due in a time that is over; overdue facts among them are retracted"
    declare = commands.add_parser("declare", help=help, description=help)
    declare.add_argument("start", help="the first instant, such as 2026-03-04T08:00:00Z")
    declare.add_argument("end", help="the last instant, which belongs to it too")
    deciding.add_reason(declare)
    declare.set_defaults(run=declare_outage)


def list_excuses(given: argparse.Namespace, settings: Settings) -> None:
    found = Services(settings).all(MONITOR, "/v1/excuses")
    printing.rows(found, COLUMNS, as_json=given.json, nothing="No outage was ever declared.")


def declare_outage(given: argparse.Namespace, settings: Settings) -> None:
    services, window = Services(settings), {"start": given.start, "end": given.end}
    seen = services.get(MONITOR, "/v1/excuses/preview", **window)
    printing.say(f"excuse: {seen['overdue']} overdue waits, whose overdue facts are retracted, and {seen['waiting']} that are open.")
    if not deciding.only_shown(given.reason):
        printing.facts(services.post(MONITOR, "/v1/excuses", window | {"reason": given.reason}))
