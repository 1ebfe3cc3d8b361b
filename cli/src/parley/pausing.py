"""`parley mails pause`, `resume`, `pauses`: mail is held back for a while, all of it or that of one market."""

import argparse
from urllib.parse import quote

from parley import deciding, printing
from parley.problem import CannotDo
from parley.services import Services
from parley.settings import Settings

NOTIFIER = "notifier"
PATH = "/v1/mail-pauses"
ALL = "all"
COLUMNS = ("scope", "since", "by", "reason")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The three of them, among what there is to do with mails."""
    for name, help, run in (
        ("pause", "begin no more mails; what is under way is finished and nothing is lost", pause),
        ("resume", "lift a pause; mail goes on within seconds", resume),
    ):
        command = commands.add_parser(name, help=help, description=help)
        command.add_argument("--market", default=ALL, help="that of this market alone; without it all mail is meant")
        deciding.add_reason(command)
        command.set_defaults(run=run)
    listing = commands.add_parser("pauses", help="what is paused, since when, by whom, why")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=list_pauses)


def list_pauses(given: argparse.Namespace, settings: Settings) -> None:
    found = Services(settings).get(NOTIFIER, PATH)["pauses"]
    printing.rows(found, COLUMNS, as_json=given.json, nothing="No mail is paused.")


def pause(given: argparse.Namespace, settings: Settings) -> None:
    services = Services(settings)
    held = services.get(NOTIFIER, _path(given))
    printing.say(f"pause {_mail(given)}: {held['due']} mails are due and {held['later']} fall due later. {held['note']}")
    if held["pause"]:
        raise CannotDo(f"It is paused already, since {held['pause']['since']} by {held['pause']['by']}: {held['pause']['reason']}")
    if deciding.only_shown(given.reason):
        return
    services.post(NOTIFIER, PATH, {"scope": given.market, "reason": given.reason})
    printing.say(f"{NOTIFIER}: paused. Lift it with `parley mails resume{_option(given)} --reason …`.")


def resume(given: argparse.Namespace, settings: Settings) -> None:
    services = Services(settings)
    held, others = services.get(NOTIFIER, _path(given)), services.get(NOTIFIER, PATH)["pauses"]
    if held["pause"] is None:
        raise CannotDo(f"{_mail(given).capitalize()} is not paused. Look with `parley mails pauses`.")
    printing.say(f"resume {_mail(given)}: {held['due']} mails are due, paused since {held['pause']['since']} by {held['pause']['by']}.")
    for other in others:
        if other["scope"] != given.market and ALL in (other["scope"], given.market):
            printing.say(f"The pause of {other['scope']} stands beside it and holds its mail all the same.")
    if deciding.only_shown(given.reason):
        return
    services.post(NOTIFIER, f"{_path(given)}/lift", {"reason": given.reason})
    printing.say(f"{NOTIFIER}: done")


def _path(given: argparse.Namespace) -> str:
    return f"{PATH}/{quote(given.market, safe='')}"


def _mail(given: argparse.Namespace) -> str:
    return "all mail" if given.market == ALL else f"mail of {given.market}"


def _option(given: argparse.Namespace) -> str:
    return "" if given.market == ALL else f" --market {given.market}"
