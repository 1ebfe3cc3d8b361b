"""The command line of ticketing: `serve`, `work`."""

from parley_chassis.service import run

from ticketing.main import create_app, create_worker
from ticketing.settings import TicketingSettings

if __name__ == "__main__":
    run("ticketing", TicketingSettings, create_app, create_worker)
