"""Tickets through relay, monitor and reaction: every promise about events, facts and hand-overs, in every history."""

import pytest

from simulation import tickets
from simulation.histories import BLOCKS, live_all, seeds

NUMBER = 100


@pytest.mark.parametrize("block", range(BLOCKS))
def test_tickets_keep_every_promise(block: int) -> None:
    live_all(tickets.live, seeds(NUMBER, block), test="tickets_keep")


def test_a_seed_gives_the_same_history_again() -> None:
    once, again = (tickets.live(7) for _ in range(2))

    assert again.loop.steps == once.loop.steps
    assert again.broker.logs == once.broker.logs
