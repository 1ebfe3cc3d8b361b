"""`parley suppressed`: addresses that get no mail because servers refuse them for good, and that one gets mail again."""

import argparse
from urllib.parse import quote

from parley import deciding, printing
from parley.pausing import NOTIFIER
from parley.services import Services
from parley.settings import Settings

COLUMNS = ("id", "address", "recipient", "market", "since", "until", "reason")


def add(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="WHAT")
    listing = commands.add_parser("list", help="suppressed addresses, masked, the newest first")
    listing.add_argument("--recipient", help="of this party alone")
    listing.add_argument("--limit", type=int, default=50, help="how many at most (50)")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=list_suppressed)
    help = "mail an address again from now on; what was not sent can be resent one by one"
    lift = commands.add_parser("lift", help=help, description=help)
    lift.add_argument("id")
    deciding.add_reason(lift)
    lift.set_defaults(run=lift_suppressed)


def list_suppressed(given: argparse.Namespace, settings: Settings) -> None:
    path, name = "/v1/suppressed-addresses", "suppressed"
    found = Services(settings).all(NOTIFIER, path, of=name, most=given.limit, recipient_id=given.recipient)
    printing.rows(found, COLUMNS, as_json=given.json, nothing="No address is suppressed.")


def lift_suppressed(given: argparse.Namespace, settings: Settings) -> None:
    services, path = Services(settings), f"/v1/suppressed-addresses/{quote(given.id, safe='')}"
    seen = services.get(NOTIFIER, path)
    address, unsent = seen["suppressed"], seen["unsent"]
    printing.say(
        f"lift: {address['recipient']} gets mail again at {address['address']}, suppressed since {address['since']} ({address['reason']})."
    )
    if unsent:
        printing.say(f"Not sent to it, and not sent by this: {', '.join(unsent)}.")
    if deciding.only_shown(given.reason):
        return
    services.post(NOTIFIER, f"{path}/lift", {"reason": given.reason})
    printing.say(f"{NOTIFIER}: done")
