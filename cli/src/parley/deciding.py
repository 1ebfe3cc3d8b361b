"""How a decision is taken: shown first, asked for with its reason, waited for, told with its result."""

import argparse
import time
from typing import Any

from parley import printing
from parley.problem import CannotDo
from parley.services import Services
from parley.settings import SERVICES

DONE_WITHIN = 30.0
LOOK = 0.5


def add_reason(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", help="why, for the history; without it the command only shows what it would touch")


def add_service(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", choices=SERVICES, help="the service that is meant")


def only_shown(reason: str | None) -> bool:
    """Whether nothing is to be done yet; then it says so."""
    if reason is None:
        printing.say("Nothing was changed. Give --reason to do it.")
    return reason is None


def decide(services: Services, service: str, verb: str, *, reason: str | None, **about: str) -> None:
    """Show what it would touch; with a reason, do it."""
    seen = services.get(service, "/v1/decisions/preview", verb=verb, **about)
    printing.say(f"{verb} in {service}: {seen['touches']}.")
    if not seen["possible"]:
        raise CannotDo("There is nothing to do.")
    if only_shown(reason):
        return
    asked = services.post(service, "/v1/decisions", {"verb": verb, "reason": reason, "record": seen["record"], **about})
    result = _result(services, service, asked)
    if not result.startswith("done"):
        raise CannotDo(f"{service}: {result}")
    printing.say(f"{service}: {result}")


def _result(services: Services, service: str, asked: dict[str, Any]) -> str:
    """What came of it, once a worker has carried it out."""
    end = time.monotonic() + DONE_WITHIN
    while asked["done_at"] is None:
        if asked["result"] is not None:
            return f"done: {asked['result']}"
        if time.monotonic() > end:
            raise CannotDo(
                f"No worker of {service} has carried it out within {DONE_WITHIN:g} s. It will when it runs again: "
                f"look with `parley history {service}`."
            )
        time.sleep(LOOK)
        asked = services.get(service, f"/v1/decisions/{asked['id']}")
    return str(asked["result"])
