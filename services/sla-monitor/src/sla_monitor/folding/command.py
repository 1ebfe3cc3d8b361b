"""The command line of `fold --into`: where to fold to, and what came out."""

import argparse
import asyncio
import sys
from urllib.parse import unquote, urlsplit

from parley_chassis import logging
from parley_chassis.database import UNREACHABLE
from parley_chassis.kafka import KafkaUnreachable, MissingTopic, UnusableTopic
from parley_chassis.replay import AnotherLog
from parley_chassis.service import Command
from parley_chassis.settings import load
from pydantic import SecretStr

from sla_monitor.folding.rebuild import NotEmpty, Rebuilt, rebuild
from sla_monitor.settings import Settings

HELP = "fold the log from its beginning into a second database, and compare it with the live state"

_DESCRIPTION = """\
Folds both topics of conversations from offset 0 into a second database, up to the place that the live monitor has
read, and compares what follows from the log for every conversation. Nothing is published and nobody is mailed; the
live monitor may run meanwhile and is only read. What people decided about parked records is repeated at its place.

The second database must be empty, and stays when all is done. Conversations that began before the first record of
the log are counted as partial and left out. So are those that differ by what a person decided about a record that
is not parked in the fold, because it knows policies that were missing then.

The settings are those of `work`; see `python -m sla_monitor --help`. Ids and states are printed, nothing else.

Exit code: 0 equal, 1 something differs, 2 it could not be done.
"""

_CANNOT = (AnotherLog, KafkaUnreachable, MissingTopic, UnusableTopic)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = _DESCRIPTION
    parser.add_argument(
        "--into",
        metavar="DATABASE_URI/NAME",
        required=True,
        type=target,
        help="an empty database, such as mongodb://127.0.0.1:27017/sla_monitor_again",
    )


def target(text: str) -> tuple[str, str]:
    """The address of the server, as MONGODB_URI has it, and the name of the database."""
    parts = urlsplit(text)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in ("mongodb", "mongodb+srv") or not parts.netloc or not name or set(name) & set('/\\. "$'):
        raise argparse.ArgumentTypeError("write it as mongodb://HOST:PORT/NAME, with the name of a database that does not exist yet")
    return parts._replace(path="/").geturl(), name


def run(given: argparse.Namespace) -> int:
    settings = load(Settings)
    logging.configure("sla-monitor", level="critical")
    uri, name = given.into
    try:
        rebuilt = asyncio.run(rebuild(settings, settings.model_copy(update={"mongodb_uri": SecretStr(uri), "mongodb_database": name})))
    except NotEmpty:
        return _cannot(f"the database {name} is not empty; name one that does not exist yet, or drop it first")
    except UNREACHABLE as error:
        return _cannot(f"MongoDB does not answer ({type(error).__name__}); see to MONGODB_URI and to the address after --into")
    except _CANNOT as error:
        return _cannot(str(error))
    _say(rebuilt, name)
    return 1 if rebuilt.comparison.differing else 0


def _say(rebuilt: Rebuilt, name: str) -> None:
    found = rebuilt.comparison
    lines = [
        f"folded {rebuilt.records} records into {name}",
        f"equal: {found.equal} conversations, digest {found.digest:032x}",
        f"left out: {found.partial} not whole in the log, {found.unrepeatable} decided otherwise by a person",
        f"differing: {len(found.differing)} conversations",
        *(f"  {id}: {difference}" for id, differences in found.differing.items() for difference in differences),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def _cannot(reason: str) -> int:
    sys.stderr.write(f"sla_monitor fold: {reason}\n")
    return 2


COMMAND = Command("fold", HELP, arguments, run)
