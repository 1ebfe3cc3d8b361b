"""The main story of Parley, on real processes and real servers: what `make demo` tells."""

import io

import pytest
from parley_local.demo.story import tell
from parley_local.demo.telling import Teller
from parley_local.layout import Layout


@pytest.mark.timeout(300)
async def test_a_ticket_becomes_a_mail_with_a_link_and_silence_becomes_an_escalation(stack: Layout) -> None:
    told = io.StringIO()
    try:
        await tell(stack, Teller(told))
    finally:
        print(told.getvalue())  # noqa: T201 shown where the story breaks off
