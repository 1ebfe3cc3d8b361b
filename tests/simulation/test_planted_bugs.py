"""Each planted bug is found within the histories that every build runs."""

import pytest

from simulation import mails, planted, test_mails, test_tickets, tickets
from simulation.histories import found_within
from simulation.planted import Plant


@pytest.mark.parametrize("plant", planted.IN_TICKETS, ids=lambda plant: plant.__name__)
def test_histories_of_tickets_find(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    assert found_within(tickets.live, test_tickets.NUMBER) is not None


@pytest.mark.parametrize("plant", planted.IN_MAILS, ids=lambda plant: plant.__name__)
def test_histories_of_mails_find(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    assert found_within(mails.live, test_mails.NUMBER) is not None
