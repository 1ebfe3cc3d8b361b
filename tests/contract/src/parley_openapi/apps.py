"""The application of each service as it is deployed, with the settings of a local stack; none of it needs a network."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import inquiries.main
import notifier.main
import sla_monitor.main
import ticketing.main
from fastapi import FastAPI
from inquiries.settings import InquiriesSettings
from notifier.settings import Settings as NotifierSettings
from parley_chassis.settings import ServiceSettings
from parley_local import services
from parley_local.layout import Layout
from sla_monitor.settings import Settings as MonitorSettings
from ticketing.settings import TicketingSettings

NOWHERE = {"MONGODB_URI": "mongodb://127.0.0.1:1/?directConnection=true", "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}

SETTINGS: Mapping[str, type[ServiceSettings]] = {
    "ticketing": TicketingSettings,
    "inquiries": InquiriesSettings,
    "notifier": NotifierSettings,
    "sla-monitor": MonitorSettings,
}
_CREATE: Mapping[str, Callable[[Any], FastAPI]] = {
    "ticketing": ticketing.main.create_app,
    "inquiries": inquiries.main.create_app,
    "notifier": notifier.main.create_app,
    "sla-monitor": sla_monitor.main.create_app,
}


def app_of(service: str, folder: Path, addresses: Mapping[str, str] = NOWHERE) -> FastAPI:
    """What the service's `serve` runs. The keys of the one who signs in lie in the folder."""
    environment = {**services.settings(service, Layout(folder), addresses), **addresses}
    with patch.dict(os.environ, environment, clear=True):
        settings = SETTINGS[service]()
    return _CREATE[service](settings)
