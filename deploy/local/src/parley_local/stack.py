"""The whole stack as a table: servers, topics, the demo marketplace, services, and the addresses that people want."""

import sys
from collections.abc import Sequence

from parley_local import issuer, kafka, mongo, services
from parley_local.layout import Layout
from parley_local.part import Part
from parley_local.ports import HOST, answers_ok, listening

MAIL_PASSWORD = "dev"  # noqa: S105 of the mailboxes of people who do not exist


def addresses(layout: Layout) -> dict[str, str]:
    """The settings that lead to the broker and the database, ours or given ones."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": layout.given_kafka or kafka.servers(_brokers(layout)),
        "MONGODB_URI": layout.given_mongodb or mongo.uri([layout.port("mongodb")]),
    }


def parts(layout: Layout) -> list[Part]:
    """Everything that runs, with what it waits for."""
    brokers = [] if layout.given_kafka else kafka.parts(_brokers(layout))
    databases = [] if layout.given_mongodb else [mongo.part(layout.port("mongodb"), layout.folder / "data" / "mongodb")]
    shop = [_shop(layout)] if layout.services else []
    topics = _once("topics", ["-m", "parley_chassis.provision", "--patience", "10"], layout, _names(brokers))
    market = _once("marketplace", ["-m", "parley_local", "open-market"], layout, ("topics",))
    of_services = services.parts(layout, addresses(layout), database=_names(databases), topics=("topics",))
    return [*brokers, *databases, _mailbox(layout), *shop, topics, *of_services, market]


def links(layout: Layout) -> dict[str, str]:
    """What a person opens."""
    return {
        **{service: layout.url(service) for service in layout.services},
        **({"demo shop": layout.url("shop")} if layout.services else {}),
        "inbox of everybody": f"http://{HOST}:{layout.port('inbox')}",
        "IMAP": f"{HOST}:{layout.port('imap')} (any address, password {MAIL_PASSWORD})",
        "Kafka": addresses(layout)["KAFKA_BOOTSTRAP_SERVERS"],
        "MongoDB": addresses(layout)["MONGODB_URI"],
    }


def settings_of_command(layout: Layout, who: str) -> dict[str, str]:
    """What leads the command `parley` to this stack, as a demo person."""
    return {
        **{f"PARLEY_{service.upper().replace('-', '_')}_URL": layout.url(service) for service in layout.services},
        "PARLEY_KAFKA_BOOTSTRAP_SERVERS": addresses(layout)["KAFKA_BOOTSTRAP_SERVERS"],
        "PARLEY_TOPIC_PREFIX": layout.prefix,
        "PARLEY_TOKEN": issuer.token(layout.folder, who),
    }


def _brokers(layout: Layout) -> list[kafka.Node]:
    return kafka.nodes(layout.kafka_ports(), layout.folder / "data")


def _names(parts: Sequence[Part]) -> tuple[str, ...]:
    return tuple(part.name for part in parts)


def _once(name: str, arguments: Sequence[str], layout: Layout, needs: tuple[str, ...]) -> Part:
    env = {**addresses(layout), "TOPIC_PREFIX": layout.prefix, "LOCAL_DIR": str(layout.folder)}
    return Part(name=name, command=lambda: [sys.executable, *arguments], needs=needs, env=env, starts=1)


def _shop(layout: Layout) -> Part:
    """Where people sign in."""
    command = [sys.executable, "-m", "parley_local", "shop"]
    return Part(name="shop", command=lambda: command, env=layout.environment(), ready=lambda: answers_ok(layout.port("shop"), "/"))


def _mailbox(layout: Layout) -> Part:
    """An SMTP server with one mailbox for each address, read by IMAP or in a browser; it forgets when it ends."""
    ports = {"--smtp-port": "smtp", "--imap-port": "imap", "--http-port": "inbox"}
    options = [text for option, name in ports.items() for text in (option, str(layout.port(name)))]
    command = [sys.executable, "-m", "mail_devel", "--multi-user", "--host", HOST, "--password", MAIL_PASSWORD, *options]
    return Part(name="mailbox", command=lambda: command, ready=lambda: listening(layout.port("imap")), stop_within=3)
