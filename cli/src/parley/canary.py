"""`parley canary`: a ticket of nobody, from the request to the mail, once or every minute: does the whole chain still carry?"""

import argparse
import asyncio
import time
from collections.abc import Callable
from typing import Any

from parley_chassis import telemetry
from parley_chassis.durations import parse_duration
from parley_chassis.listening import PortTaken, listening
from parley_chassis.probes import Readiness, probe_app

from parley import printing
from parley.problem import CannotDo
from parley.services import Services
from parley.settings import Settings

TICKETS = "/v1/tickets"
ASKED = {"problem_type": "order_status", "text": "This is the canary: nobody asks, and nobody needs to answer."}
PAUSE = 0.5
_SPANS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)

ARRIVED = telemetry.gauge("parley_canary_arrived_timestamp_seconds", "When a canary's mail was last accepted; 0 before the first")
SECONDS = telemetry.histogram("parley_canary_seconds", "From a canary's request to each of its phases", ["phase"], buckets=_SPANS)
ROUNDS = telemetry.counter("parley_canary_rounds_total", "Canaries that were sent, by what became of them", ["outcome"])


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--order", default="canary-1", help="the canary's open order, with one seller (canary-1)")
    parser.add_argument("--line", default="1", help="a line of that order (1)")
    parser.add_argument("--within", default="45s", type=_seconds, help="how long the clock and the mail may take (45s)")
    parser.add_argument("--every", type=_seconds, help="send one again and again, such as 60s, and answer /metrics on --port")
    parser.add_argument("--host", default="127.0.0.1", help="where /metrics is answered; 0.0.0.0 in a container")
    parser.add_argument("--port", type=int, default=8830, help="the port of /metrics (8830)")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace, settings: Settings) -> None:
    if given.every is None:
        printing.facts(send(settings, given))
    else:
        asyncio.run(send_for_ever(settings, given))


def _seconds(text: str) -> float:
    span: Any = parse_duration(text)
    return float(span.total_seconds())


def send(settings: Settings, given: argparse.Namespace) -> dict[str, str]:
    """One canary; says how long each phase took. What it opened is closed, whatever happens; raises CannotDo."""
    services, began = Services(settings), time.monotonic()
    for left in services.all("ticketing", TICKETS, role="buyer", state="awaiting_seller"):
        _close(services, left)
    ticket = services.post("ticketing", TICKETS, ASKED | {"order_id": given.order, "line_ids": [given.line]})["tickets"][0]
    told = {"number": ticket["number"], "ticket": ticket["id"]}
    about = {"conversation_id": ticket["id"]}

    def reached(phase: str) -> None:
        SECONDS.labels(phase).observe(took := time.monotonic() - began)
        told[phase] = f"{took:.2f} s"

    def until(phase: str, service: str, seen: Callable[[], Any]) -> None:
        while not seen():
            if time.monotonic() - began > given.within:
                raise CannotDo(f"canary {ticket['number']} is not {phase} after {given.within:g} s. Look at {service}: {ticket['id']}.")
            time.sleep(PAUSE)
        reached(phase)

    try:
        reached("opened")
        until("due", "sla-monitor", lambda: services.get("sla-monitor", "/v1/responses", **about)["items"])
        until("mailed", "notifier", lambda: services.get("notifier", "/v1/deliveries", **about, state="sent")["deliveries"])
    finally:
        _close(services, ticket)
    return told


def _close(services: Services, ticket: dict[str, Any]) -> None:
    services.post("ticketing", f"{TICKETS}/{ticket['id']}/close", {}, if_match=f'"{ticket["version"]}"')


async def send_for_ever(settings: Settings, given: argparse.Namespace) -> None:
    """A canary each time that ``every`` has passed, and what became of them as metrics."""
    readiness = Readiness()
    try:
        async with listening(probe_app(readiness), given.host, given.port, "--port"):
            readiness.started()
            while True:
                await asyncio.gather(_counted(settings, given), asyncio.sleep(given.every))
    except PortTaken as taken:
        raise CannotDo(str(taken)) from None


async def _counted(settings: Settings, given: argparse.Namespace) -> None:
    try:
        told = await asyncio.to_thread(send, settings, given)
    except CannotDo as error:
        ROUNDS.labels("missing").inc()
        printing.say(f"missing: {error}")
    else:
        ROUNDS.labels("arrived").inc()
        ARRIVED.set_to_current_time()
        printing.one(told)
