"""docs/integrate.md, followed to the letter: it ends with a mail for the seller."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest
from parley_contracts import marketplace
from parley_contracts.envelope import EventData
from parley_local import issuer
from parley_local import stack as local
from parley_local.demo.scene import Scene
from parley_local.demo.telling import Teller
from parley_local.layout import Layout

PAGE = (Path(__file__).parents[2] / "docs" / "integrate.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("event", [marketplace.PartyChanged, marketplace.OrderChanged, marketplace.OrderLine])
def test_the_page_tells_every_field_and_no_other(event: type[EventData]) -> None:
    tables = re.findall(r"^\| field.*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
    told = [{name for row in table.strip().splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])} for table in tables]

    assert set(event.model_fields) in told


@pytest.mark.timeout(300)
async def test_whoever_follows_the_page_ends_with_mail_for_the_seller(stack: Layout, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        **local.settings_of_command(stack, "shop"),
        "ANNA": issuer.token(stack.folder, "anna"),
        "SHOP_KEY": str(stack.folder / "keys" / "demo-shop.json"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-euc",
        "\n".join(BLOCKS),
        cwd=tmp_path,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await shell.communicate()
    assert shell.returncode == 0, printed.decode()

    numbers = re.findall(r'"number":\s*"([TQI]-\w{4}-\w{4})"', printed.decode())
    assert len(numbers) == 2, printed.decode()
    async with Scene(stack, Teller()) as scene:
        for number in numbers:
            mail = await scene.inbox.wait("theo@example.org", number, within=60)
            assert mail.link
