"""The log read by several, through deaths and rebalances: what it says is found once, in order, and nothing else."""

import pytest
from parley_simulation import readings
from parley_simulation.histories import BLOCKS, READINGS, live_all, seeds


@pytest.mark.parametrize("block", range(BLOCKS))
def test_readers_find_what_the_log_says(block: int) -> None:
    live_all(readings.live, seeds(READINGS, block), test="readers_find")
