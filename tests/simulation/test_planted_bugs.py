"""Each planted bug is found within the histories that every build runs."""

from functools import partial
from typing import Any

import pytest
from parley_simulation import mails, planted, readings, tickets
from parley_simulation.histories import MAILS, READINGS, TICKETS, found_within
from parley_simulation.planted import Plant


@pytest.mark.parametrize("plant", planted.IN_TICKETS, ids=lambda plant: plant.__name__)
def test_histories_of_tickets_find(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    assert found_within(tickets.live, TICKETS) is not None


@pytest.mark.parametrize("plant", planted.IN_READINGS, ids=lambda plant: plant.__name__)
def test_histories_of_reading_find(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    assert found_within(readings.live, READINGS) is not None


@pytest.mark.parametrize("kind", [tickets, readings], ids=["tickets", "readings"])
def test_an_effect_that_is_acknowledged_before_it_is_stored_is_found(kind: Any) -> None:
    assert found_within(partial(kind.live, ack_first=True), TICKETS) is not None


@pytest.mark.parametrize("plant", planted.IN_MAILS, ids=lambda plant: plant.__name__)
def test_histories_of_mails_find(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    assert found_within(mails.live, MAILS) is not None
