"""The command `republish SUBJECT` of every service: asks its relay, waits, and says what became of it."""

import argparse
import asyncio
import getpass
import sys
import time
from uuid import uuid4

from pymongo.errors import PyMongoError

from parley_chassis.database import own_database
from parley_chassis.decisions import Verb, decide, decision
from parley_chassis.probes import Readiness
from parley_chassis.settings import ServiceSettings

HELP = "send the events of a conversation (or another subject) to Kafka again, in their order; readers drop what they know"
PATIENCE = 60.0
LOOK = 0.5


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command line takes."""
    parser.add_argument("subject", metavar="SUBJECT", help="the id of the conversation")
    parser.add_argument("--reason", required=True, help="why; it is kept in the history")
    parser.add_argument("--by", default=getpass.getuser(), help="who asks (the user of this shell)")


async def republish(settings: ServiceSettings, given: argparse.Namespace) -> int:
    """Ask, and wait for the worker that publishes; returns the exit code."""
    id = str(uuid4())
    try:
        async with own_database(settings, Readiness()) as database:
            await decide(database, Verb.REPUBLISH, id=id, by=given.by, reason=given.reason, subject=given.subject)
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end:
                asked = await decision(database, id)
                if asked is not None and asked.done_at is not None:
                    sys.stdout.write(f"{given.subject}: {asked.result}\n")
                    return 0
                await asyncio.sleep(LOOK)
    except PyMongoError as error:
        sys.stderr.write(f"MongoDB did not answer ({type(error).__name__}); check MONGODB_URI and try again\n")
        return 1
    sys.stderr.write(
        f"No worker of {settings.service} has done it within {PATIENCE:.0f} s. It does when it runs again: "
        f"start `python -m {settings.service.replace('-', '_')} work`\n"
    )
    return 1
