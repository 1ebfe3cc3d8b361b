"""The four services as the local stack runs them: two processes each, and the settings that they get."""

import sys
from collections.abc import Mapping

from parley_local import keys, markets
from parley_local.issuer import AUDIENCE, ISSUER, SHOP
from parley_local.layout import Layout
from parley_local.part import Part
from parley_local.ports import HOST, answers_ok

_NEEDS = {"notifier": ("mailbox",)}
"""What the `work` of a service cannot do without, besides the broker and the database."""


def parts(layout: Layout, addresses: Mapping[str, str], *, database: tuple[str, ...], topics: tuple[str, ...]) -> list[Part]:
    """Both processes of every service. ``serve`` needs the database alone; ``work`` needs the topics too."""
    found: list[Part] = []
    for service in layout.services:
        env = settings(service, layout, addresses)
        found.append(_process(service, "serve", layout.port(service, "PROBE"), env, database))
        found.append(_process(service, "work", layout.port(service, "WORKER"), env, (*database, *topics, *_NEEDS.get(service, ()))))
    return found


def settings(service: str, layout: Layout, addresses: Mapping[str, str]) -> dict[str, str]:
    """The environment of one service."""
    return {
        **addresses,
        "ENVIRONMENT": "dev",
        "MONGODB_DATABASE": f"{layout.prefix}{_module(service)}".replace(".", "_"),
        "TOPIC_PREFIX": layout.prefix,
        "HTTP_HOST": HOST,
        "HTTP_PORT": str(layout.port(service)),
        "PROBE_PORT": str(layout.port(service, "PROBE")),
        "WORKER_PORT": str(layout.port(service, "WORKER")),
        "PUBLIC_URL": layout.url(service),
        "MARKETS_DIR": str(markets.folder(layout)),
        "AUTH_ISSUER": ISSUER,
        "AUTH_AUDIENCE": AUDIENCE,
        "AUTH_JWKS_FILE": str(keys.jwks_file(layout.folder, ISSUER)),
        "LINK_KEYS_FILE": str(keys.link_keys_file(layout.folder)),
        **_OWN.get(service, lambda _: {})(layout),
    }


def _notifier(layout: Layout) -> dict[str, str]:
    return {
        "SMTP_HOST": HOST,
        "SMTP_PORT": str(layout.port("smtp")),
        "SMTP_TLS": "none",
        "TICKETING_PUBLIC_URL": layout.url("ticketing"),
        "INQUIRIES_PUBLIC_URL": layout.url("inquiries"),
        "SLA_MONITOR_PUBLIC_URL": layout.url("sla-monitor"),
    }


def _shop(layout: Layout) -> dict[str, str]:
    return {"SHOP_ISSUER": SHOP, "SHOP_JWKS_FILE": str(keys.jwks_file(layout.folder, SHOP))}


_OWN = {"ticketing": _shop, "inquiries": _shop, "sla-monitor": _shop, "notifier": _notifier}
"""What not every service needs."""


def _process(service: str, command: str, port: int, env: Mapping[str, str], needs: tuple[str, ...]) -> Part:
    return Part(
        name=f"{service}-{command}",
        command=lambda: [sys.executable, "-m", _module(service), command],
        ready=lambda: answers_ok(port, "/readyz"),
        needs=needs,
        env=env,
    )


def _module(service: str) -> str:
    return service.replace("-", "_")
