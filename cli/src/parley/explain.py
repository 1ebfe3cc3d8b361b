"""`parley explain`: why a wait for an answer stands as it does, with every event and watermark that moved it."""

import argparse
from typing import Any
from urllib.parse import quote

from parley import printing
from parley.services import Services
from parley.settings import Settings

MONITOR = "sla-monitor"
SHOWN = ("number", "conversation_id", "market", "category", "seller_id", "owed_by", "state", "outcome", "start", "due")
WAITS = ("cycle_id", "number", "owed_by", "state", "outcome", "start", "due")
STEPS = ("what", "detail", "at", "by", "sequence", "watermark")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", help="a cycle's id, as events and lists name it; with --waits a conversation's id")
    parser.add_argument("--waits", action="store_true", help="list the waits of a conversation instead, the open ones first")
    parser.add_argument("--json", action="store_true", help="the whole answer as JSON")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace, settings: Settings) -> None:
    services = Services(settings)
    if given.waits:
        printing.rows(_waits(services, given.id), WAITS, as_json=given.json, nothing="The clock knows no wait of this conversation.")
        return
    told = services.get(MONITOR, f"/v1/responses/{quote(given.id, safe='')}")
    if given.json:
        printing.one(told)
    else:
        _tell(told)


def _waits(services: Services, conversation: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for state in (None, "settled"):
        found += services.get(MONITOR, "/v1/responses", conversation_id=conversation, state=state, limit=200)["items"]
    return found


def _tell(told: dict[str, Any]) -> None:
    policy = told["policy"]
    printing.facts({name: told["response"][name] for name in SHOWN})
    if policy:
        valid = policy["valid_from"] or "the beginning"
        words = f"{policy['id']} version {policy['version']}, {policy['target_seconds']:.0f} s, {policy['calendar']}, valid from {valid}"
        printing.facts({"policy": words})
    printing.facts({"read_to": told["watermark"], "clock_frozen": told["clock_frozen"]})
    printing.rows(told["steps"], STEPS, as_json=False, nothing="")
