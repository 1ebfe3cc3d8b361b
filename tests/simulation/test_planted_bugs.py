"""Each planted bug is found within the histories that every build runs."""

import pytest
from parley_simulation import mails, planted, tickets
from parley_simulation.histories import MAILS, TICKETS, found_within
from parley_simulation.planted import Plant


@pytest.mark.parametrize("plant", planted.IN_TICKETS, ids=lambda plant: plant.__name__)
def test_histories_of_tickets_find(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    assert found_within(tickets.live, TICKETS) is not None


@pytest.mark.parametrize("plant", planted.IN_MAILS, ids=lambda plant: plant.__name__)
def test_histories_of_mails_find(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    assert found_within(mails.live, MAILS) is not None
