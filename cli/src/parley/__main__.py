"""The command line: parley COMMAND."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from parley.problem import CannotDo
from parley.settings import Settings, described, load

COMMANDS = {
    "parked": "records that could not be applied: list, show, redrive, discard, release",
    "mails": "what became of mails: list, show, resend; hold mail back: pause, resume, pauses",
    "suppressed": "addresses that get no mail any more: list, lift",
    "republish": "send the events of a subject again",
    "watermark": "show a service's watermark; accept a held one",
    "excuse": "what fell due while the marketplace itself was down: list, declare",
    "explain": "why a wait for an answer stands as it does: every event and watermark that moved it",
    "history": "what was decided, by whom, why, and what came of it",
    "tail": "what stands on the log, and what is added",
    "validate": "whether events are what the contract says",
    "replay": "send recorded events again, to topics of one's own",
    "import": "people and orders of the marketplace, from a file",
    "canary": "a ticket of nobody from the request to the mail, once or every minute: does the whole chain carry?",
    "check-config": "every fault of the market files at once",
}
"""Each has a module of its name, which is imported when it is called: one command does not wait for what another needs."""

MODULES = {"import": "importing"}
"""Where Python does not allow the name."""


def main(argv: Sequence[str] | None = None) -> int:
    arguments = sys.argv[1:] if argv is None else argv
    wanted = _whole().parse_args(arguments[:1]).command
    parser = argparse.ArgumentParser(prog=f"parley {wanted}", description=COMMANDS[wanted])
    import_module(f"parley.{MODULES.get(wanted, wanted.replace('-', '_'))}").add(parser)
    given = parser.parse_args(arguments[1:])
    try:
        given.run(given, load(Settings))
    except CannotDo as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of what we print has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


def _whole() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="parley",
        description="The command for people who run Parley. What changes something first shows what it would touch.",
        epilog="Settings, from the environment:\n" + described(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help in COMMANDS.items():
        commands.add_parser(name, help=help, add_help=False)
    return whole


if __name__ == "__main__":
    sys.exit(main())
