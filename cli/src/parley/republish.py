"""`parley republish`: the events of a subject are sent to the log again."""

import argparse

from parley import deciding
from parley.services import Services
from parley.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    deciding.add_service(parser)
    parser.add_argument("subject", help="the conversation, party or seller whose events are sent again")
    deciding.add_reason(parser)
    parser.set_defaults(run=republish)


def republish(given: argparse.Namespace, settings: Settings) -> None:
    deciding.decide(Services(settings), given.service, "republish", reason=given.reason, subject=given.subject)
