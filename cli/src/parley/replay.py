"""`parley replay`: what was recorded is sent again, to topics of one's own: to try a subscriber on real traffic."""

import argparse
import asyncio
from collections.abc import Sequence

from aiokafka.errors import KafkaError
from parley_chassis.kafka import KafkaUnreachable, MissingTopic, UnusableTopic, producer, stop
from parley_chassis.provision import provision
from parley_contracts.records import Record
from parley_contracts.topics import Tier

from parley import printing
from parley.brokers import Brokers, brokers
from parley.problem import CannotDo
from parley.recording import record_of
from parley.settings import Settings
from parley.validate import lines, text

AT_ONCE = 500


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="written by `parley tail --whole`; - is the standard input")
    parser.add_argument("--prefix", required=True, help="stands before each topic's name, such as my-team. (then it is yours alone)")
    help = "yes, write to the topics that Parley itself reads: every service and every subscriber sees the records"
    parser.add_argument("--to-parleys-own-topics", action="store_true", dest="own", help=help)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace, settings: Settings) -> None:
    at = brokers()
    if given.prefix in ("", at.topic_prefix) and not given.own:
        raise CannotDo(
            f"With the prefix {given.prefix!r} these are Parley's own topics, and nothing was sent. "
            "Give a --prefix of your own, or --to-parleys-own-topics if you mean it."
        )
    found = [record_of(line, place) for place, line in lines(given.file, text(given.file))]
    if restricted := sorted({record.topic.name for record in found if record.topic.tier is Tier.RESTRICTED}):
        raise CannotDo(f"{', '.join(restricted)} has personal data and is not replayed. Leave its records out of {given.file}.")
    if found:
        asyncio.run(_send(at, given.prefix, found))
    printing.say(
        f"{len(found)} records were sent to {', '.join(sorted({given.prefix + record.topic.name for record in found})) or 'nowhere'}."
    )


async def _send(at: Brokers, prefix: str, found: Sequence[Record]) -> None:
    """In their order, each into its own partition: keys and watermarks mean the same there."""
    servers, security = at.kafka_bootstrap_servers, at.kafka_security
    topics = list({record.topic.name: record.topic for record in found}.values())
    sender = producer(servers, client_id="parley-replay", security=security)
    try:
        await provision(servers, topics=topics, prefix=prefix, security=security, patience=10)
        await sender.start()
        for first in range(0, len(found), AT_ONCE):
            await asyncio.gather(
                *[
                    await sender.send(
                        prefix + record.topic.name, record.value, record.key, partition=record.partition, headers=list(record.headers)
                    )
                    for record in found[first : first + AT_ONCE]
                ]
            )
    except (KafkaError, KafkaUnreachable, MissingTopic, UnusableTopic) as error:
        raise CannotDo(f"The records could not be sent to {servers}: {error}") from None
    finally:
        await stop(sender)
