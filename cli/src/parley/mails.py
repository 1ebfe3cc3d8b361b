"""`parley mails`: what became of mails, that one is sent again, and that mail is held back for a while."""

import argparse
from urllib.parse import quote

from parley import deciding, pausing, printing
from parley.pausing import NOTIFIER
from parley.problem import CannotDo
from parley.services import Services
from parley.settings import Settings

COLUMNS = ("id", "number", "notice", "recipient", "state", "created", "due", "attempts", "smtp_code", "reason")


def add(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="WHAT")
    listing = commands.add_parser("list", help="mails, the newest first")
    listing.add_argument("--conversation", help="about this conversation alone")
    listing.add_argument("--recipient", help="to this party alone")
    listing.add_argument("--state", action="append", help="in this state alone, such as rejected; may be given more than once")
    listing.add_argument("--limit", type=int, default=50, help="how many at most (50)")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=list_mails)
    show = commands.add_parser("show", help="one mail: where it stands, how often it was tried, what the server said")
    show.add_argument("id")
    show.set_defaults(run=show_mail)
    help = "send a mail now, or after all: the same mail with the same Message-ID"
    again = commands.add_parser("resend", help=help, description=help)
    again.add_argument("id")
    deciding.add_reason(again)
    again.set_defaults(run=resend)
    pausing.add(commands)


def list_mails(given: argparse.Namespace, settings: Settings) -> None:
    wanted = {"conversation_id": given.conversation, "recipient_id": given.recipient, "state": given.state}
    found = Services(settings).all(NOTIFIER, "/v1/deliveries", of="deliveries", most=given.limit, **wanted)
    printing.rows(found, COLUMNS, as_json=given.json, nothing="There is no such mail.")


def show_mail(given: argparse.Namespace, settings: Settings) -> None:
    printing.facts(Services(settings).get(NOTIFIER, _path(given)))


def resend(given: argparse.Namespace, settings: Settings) -> None:
    services, path = Services(settings), f"{_path(given)}/resend"
    seen = services.get(NOTIFIER, path)
    mail = seen["delivery"]
    printing.say(f"resend: {mail['notice']} of {mail['number']} to {mail['recipient']}, which is {mail['state']}.")
    if seen["possible_copies"]:
        printing.say(
            f"The server may have taken it {seen['possible_copies']} times already: the recipient's mail program sees copies of one mail."
        )
    if not seen["resendable"]:
        raise CannotDo("It cannot be sent again as it stands.")
    if deciding.only_shown(given.reason):
        return
    printing.say(f"{NOTIFIER}: {services.post(NOTIFIER, path, {'reason': given.reason})['state']}")


def _path(given: argparse.Namespace) -> str:
    return f"/v1/deliveries/{quote(given.id, safe='')}"
