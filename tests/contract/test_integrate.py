"""docs/integrate.md tells what the inbound events hold."""

import re
from pathlib import Path

import pytest
from parley_contracts import marketplace
from parley_contracts.envelope import EventData

PAGE = (Path(__file__).parents[2] / "docs" / "integrate.md").read_text()


@pytest.mark.parametrize("event", [marketplace.PartyChanged, marketplace.OrderChanged, marketplace.OrderLine])
def test_the_page_tells_every_field_and_no_other(event: type[EventData]) -> None:
    tables = re.findall(r"^\| field.*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
    told = [{name for row in table.strip().splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])} for table in tables]

    assert set(event.model_fields) in told
