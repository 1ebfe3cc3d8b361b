"""`parley watermark`: how far a service's watermark is, and that a held one goes on."""

import argparse

from parley import deciding, printing
from parley.services import Services
from parley.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="WHAT")
    show = commands.add_parser("show", help="how far a service's watermark is, and why it is held")
    deciding.add_service(show)
    show.set_defaults(run=show_watermark)
    help = "a held watermark goes on although the clocks look wrong: only after you have looked at them"
    accept = commands.add_parser("accept", help=help, description=help)
    deciding.add_service(accept)
    deciding.add_reason(accept)
    accept.set_defaults(run=accept_watermark)


def show_watermark(given: argparse.Namespace, settings: Settings) -> None:
    printing.facts(Services(settings).get(given.service, "/v1/watermark"))


def accept_watermark(given: argparse.Namespace, settings: Settings) -> None:
    deciding.decide(Services(settings), given.service, "accept_watermark", reason=given.reason)
