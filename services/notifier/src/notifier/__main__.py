"""`python -m notifier serve` answers questions; `python -m notifier work` listens and sends."""

from parley_chassis.service import run

from notifier.main import COMMANDS, create_app, create_worker
from notifier.settings import Settings

if __name__ == "__main__":
    run("notifier", Settings, create_app, create_worker, commands=COMMANDS)
