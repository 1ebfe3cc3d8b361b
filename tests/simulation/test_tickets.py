"""Tickets through relay, monitor and reaction: every promise about events, facts and hand-overs, in every history."""

import pytest
from parley_simulation import tickets
from parley_simulation.histories import BLOCKS, TICKETS, live_all, seeds


@pytest.mark.parametrize("block", range(BLOCKS))
def test_tickets_keep_every_promise(block: int) -> None:
    live_all(tickets.live, seeds(TICKETS, block), test="tickets_keep")


def test_a_seed_gives_the_same_history_again() -> None:
    once, again = (tickets.live(7) for _ in range(2))

    assert again.loop.steps == once.loop.steps
    assert again.broker.logs == once.broker.logs
