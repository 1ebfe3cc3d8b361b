"""The monitor's command line: `serve`, `work`, `simulate`, `fold`."""

from parley_chassis.service import run

from sla_monitor.main import COMMANDS, create_app, create_worker
from sla_monitor.settings import Settings

if __name__ == "__main__":
    run("sla_monitor", Settings, create_app, create_worker, commands=COMMANDS)
