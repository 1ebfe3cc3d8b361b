"""Where the peers are that no service needs: installed apart, behind everything that the project itself uses."""

import sys

from parley_local.layout import ROOT

FOLDER = ROOT / ".local" / "bench"


def find() -> None:
    """Let this process import them."""
    if not (FOLDER / "helpdesk").is_dir():
        raise SystemExit(
            f"{FOLDER} has no peers to measure against: run `make bench`, which installs them from tests/benchmarks/requirements.txt."
        )
    sys.path.append(str(FOLDER))


def ready() -> None:
    """Say so, and wait for the word to begin."""
    say("ready")
    sys.stdin.readline()


def say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
