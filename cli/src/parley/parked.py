"""`parley parked`: records that could not be applied, and what is done about them."""

import argparse

from parley import deciding, printing
from parley.services import Services
from parley.settings import SERVICES, Settings

COLUMNS = ("service", "topic", "subject", "sequence", "partition", "offset", "at", "reason")

_VERBS = {
    "redrive": "apply the first parked record of a subject again; those behind it follow",
    "discard": "count the first parked record of a subject as read, for ever",
    "release": "give up the gap before the first parked record of a subject",
}


def add(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="WHAT")
    listing = commands.add_parser("list", help="what is parked, in every service or one")
    listing.add_argument("--service", choices=SERVICES)
    listing.add_argument("--topic")
    listing.add_argument("--subject")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=list_parked)
    show = commands.add_parser("show", help="a subject's parked records with the attributes of their events")
    _add_subject(show)
    show.set_defaults(run=show_parked)
    for verb, help in _VERBS.items():
        command = commands.add_parser(verb, help=help, description=help)
        _add_subject(command)
        deciding.add_reason(command)
        command.set_defaults(run=decide, verb=verb)


def list_parked(given: argparse.Namespace, settings: Settings) -> None:
    found, faults = Services(settings).items(given.service, "/v1/parked", topic=given.topic, subject=given.subject)
    printing.rows(found, COLUMNS, as_json=given.json, nothing="Nothing is parked.", faults=faults)


def show_parked(given: argparse.Namespace, settings: Settings) -> None:
    services = Services(settings)
    found = services.all(given.service, "/v1/parked", topic=given.topic, subject=given.subject)
    for record in found:
        read = services.get(given.service, "/v1/parked/record", id=record["id"])
        printing.facts({**record, **{f"event {name}": value for name, value in read["attributes"].items()}})
        printing.say("")
    for verb in _VERBS if found else ():
        seen = services.get(given.service, "/v1/decisions/preview", verb=verb, topic=given.topic, subject=given.subject)
        printing.say(f"{verb}: {seen['touches']}" if seen["possible"] else f"{verb}: not now, because {seen['touches']}")
    if not found:
        printing.say("Nothing of this subject is parked.")


def decide(given: argparse.Namespace, settings: Settings) -> None:
    deciding.decide(Services(settings), given.service, given.verb, reason=given.reason, topic=given.topic, subject=given.subject)


def _add_subject(parser: argparse.ArgumentParser) -> None:
    deciding.add_service(parser)
    parser.add_argument("topic", help="the topic, as `parley parked list` shows it")
    parser.add_argument("subject", help="the conversation, party, order or seller")
