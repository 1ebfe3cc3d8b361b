"""The processes of the drill as parts: those of the services, started so that they can be made to crash, and the witness."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from parley_local.layout import Layout
from parley_local.part import Part
from parley_local.ports import answers_ok

from parley_drill.plan import Plan

SOURCES = Path(__file__).resolve().parents[1]
SHORT = {
    # A mail server that is given up soon, so that a claim of a dead sender ends within the drill.
    "SMTP_TIMEOUT": "2s",
    "SMTP_REPLY_TIMEOUT": "4s",
    "GROUP_WINDOW": "3s",
    "LOG_LEVEL": "info",
}
CRASHES = "DRILL_CRASHES"
PLANT = "DRILL_PLANT"


def replica(part: Part, number: int, own: Mapping[str, str], plan: Plan, *, needs: tuple[str, ...]) -> Part:
    """A service's process, through the drill's own start."""
    service, _, command = part.name.rpartition("-")
    name = f"{part.name}-{number}"
    env = {**part.env, **SHORT, **own, **_armed(name, own, plan)}
    return replace(part, name=name, env=env, needs=needs, command=lambda: start(service.replace("-", "_"), command))


def witness(number: int, layout: Layout, env: Mapping[str, str], plan: Plan, *, needs: tuple[str, ...]) -> Part:
    """A consumer of the drill's own, on the chassis, that writes down each effect."""
    name, port = f"witness-work-{number}", layout.port("inbox")
    own = {"MONGODB_DATABASE": "witness", "WORKER_PORT": str(port)}
    env = {**env, **SHORT, **own, **_armed(name, env, plan)}
    return Part(
        name=name, command=lambda: start("parley_drill.witness", "work"), ready=lambda: answers_ok(port, "/readyz"), needs=needs, env=env
    )


def topics(addresses: Mapping[str, str], *, needs: tuple[str, ...]) -> Part:
    """The step that creates the topics, once."""
    command = [sys.executable, "-m", "parley_chassis.provision", "--patience", "60"]
    return Part(name="topics", command=lambda: command, needs=needs, env=addresses, starts=1)


def start(module: str, command: str) -> list[str]:
    return [sys.executable, "-m", "parley_drill.process", module, command]


def _armed(name: str, own: Mapping[str, str], plan: Plan) -> dict[str, str]:
    """Where the process finds out that it is to crash, and which bug it has."""
    crashes = Path(own["MARKETS_DIR"]).parent / "crashes" / name
    path = os.pathsep.join(part for part in (str(SOURCES), os.environ.get("PYTHONPATH", "")) if part)
    return {"PYTHONPATH": path, CRASHES: str(crashes), PLANT: plan.plant}
