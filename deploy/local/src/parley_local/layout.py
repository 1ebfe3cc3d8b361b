"""Where the local stack keeps its data and where it listens; everything can be set from the environment."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from parley_local import ports
from parley_local.problem import CannotRun

ROOT = Path(__file__).resolve().parents[4]


def _name(service: str) -> str:
    return service.upper().replace("-", "_")


SERVICES = ("ticketing", "inquiries", "notifier", "sla-monitor")

PORTS: dict[str, int] = {
    **{f"{_name(service)}_PORT": 8801 + n for n, service in enumerate(SERVICES)},
    **{f"{_name(service)}_PROBE_PORT": 8811 + n for n, service in enumerate(SERVICES)},
    **{f"{_name(service)}_WORKER_PORT": 8821 + n for n, service in enumerate(SERVICES)},
    "SMTP_PORT": 8835,
    "IMAP_PORT": 8836,
    "INBOX_PORT": 8837,
    "SHOP_PORT": 8838,
    "MONGODB_PORT": 8840,
    **{f"KAFKA{suffix}_PORT": 8850 + n for n, suffix in enumerate(("", "_2", "_3"))},
    **{f"KAFKA{suffix}_CONTROLLER_PORT": 8860 + n for n, suffix in enumerate(("", "_2", "_3"))},
}
"""Setting -> the port that it has unless it is set."""


@dataclass(frozen=True)
class Layout:
    """One local stack. A given broker or database is used instead of one of our own."""

    folder: Path
    ports: dict[str, int] = field(default_factory=PORTS.copy)
    brokers: int = 1
    given_kafka: str = ""
    given_mongodb: str = ""
    services: tuple[str, ...] = SERVICES
    prefix: str = ""
    """Stands before the names of topics and databases, where several stacks share given servers."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        return cls(
            folder=Path(environment.get("LOCAL_DIR") or ROOT / ".local").absolute(),
            ports={setting: _number(environment, setting, port) for setting, port in PORTS.items()},
            brokers=_number(environment, "BROKERS", 1, allowed=(1, 3)),
            given_kafka=environment.get("KAFKA_BOOTSTRAP_SERVERS", ""),
            given_mongodb=environment.get("MONGODB_URI", ""),
            services=_services(environment.get("SERVICES") or ",".join(SERVICES)),
            prefix=environment.get("TOPIC_PREFIX", ""),
        )

    def environment(self) -> dict[str, str]:
        """The settings from which a process of this stack makes the same layout."""
        ports = {setting: str(port) for setting, port in self.ports.items()}
        return {**ports, "LOCAL_DIR": str(self.folder), "SERVICES": ",".join(self.services) or "none"}

    @property
    def logs(self) -> Path:
        """Where each part's output is kept."""
        return self.folder / "log"

    def told(self) -> dict[str, Any]:
        """The layout for other programs; ``of`` reads it."""
        return {**asdict(self), "folder": str(self.folder)}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return cls(**{**told, "folder": Path(told["folder"]), "services": tuple(told["services"])})

    def on_free_ports(self) -> "Layout":
        """The same stack where nobody listens yet: for tests."""
        free = dict(zip(PORTS, ports.free(len(PORTS)), strict=True))
        return replace(self, ports=free)

    def port(self, of: str, kind: str = "") -> int:
        """The port of a service or server; ``kind`` is PROBE or WORKER for a service's other two."""
        return self.ports["_".join(part for part in (_name(of), kind, "PORT") if part)]

    def url(self, of: str) -> str:
        return f"http://{ports.HOST}:{self.port(of)}"

    def used_ports(self) -> dict[str, int]:
        """What this stack itself will listen on."""
        kafka = set() if self.given_kafka else {port for pair in self.kafka_ports() for port in pair}
        mongodb = set() if self.given_mongodb else {self.ports["MONGODB_PORT"]}
        server = ("KAFKA", "MONGODB")
        return {setting: port for setting, port in self.ports.items() if not setting.startswith(server) or port in kafka | mongodb}

    def kafka_ports(self) -> list[tuple[int, int]]:
        """For each broker its port for clients and its port for controllers."""
        suffixes = ("", "_2", "_3")[: self.brokers]
        return [(self.ports[f"KAFKA{suffix}_PORT"], self.ports[f"KAFKA{suffix}_CONTROLLER_PORT"]) for suffix in suffixes]


def _number(environment: Mapping[str, str], setting: str, default: int, allowed: range | tuple[int, ...] = range(1, 65536)) -> int:
    text = environment.get(setting) or str(default)
    if not text.isdecimal() or int(text) not in allowed:
        told = " or ".join(map(str, allowed)) if isinstance(allowed, tuple) else "a port, 1 to 65535"
        raise CannotRun(f"{setting}={text} is not possible: it must be {told}.")
    return int(text)


def _services(text: str) -> tuple[str, ...]:
    wanted = tuple(name.strip() for name in text.split(",") if name.strip() != "none")
    if unknown := set(wanted) - set(SERVICES):
        raise CannotRun(
            f"SERVICES={text} is not possible: there is no {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}, or none."
        )
    return wanted
