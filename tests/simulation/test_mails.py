"""Mails through days of failures: none is lost, and copies are no more than what is on record."""

from functools import partial

import pytest
from parley_simulation import mails
from parley_simulation.histories import BLOCKS, MAILS, live_all, seeds

FAULTLESS = 30


@pytest.mark.parametrize("block", range(BLOCKS))
def test_mails_keep_every_promise(block: int) -> None:
    live_all(mails.live, seeds(MAILS, block), test="mails_keep")


def test_without_faults_each_mail_is_accepted_once() -> None:
    live_all(partial(mails.live, faults=False), range(FAULTLESS), test="without_faults")
