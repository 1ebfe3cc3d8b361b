"""docs/integrate.md, followed to the letter: it ends with a mail for the seller, and the buyer signed in."""

import asyncio
import os
import re
import sys
from pathlib import Path

import httpx
import pytest
from parley_local import issuer
from parley_local import stack as local
from parley_local.demo.scene import Scene
from parley_local.demo.telling import Teller
from parley_local.layout import Layout

PAGE = (Path(__file__).parents[2] / "docs" / "integrate.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


async def followed(stack: Layout, folder: Path) -> str:
    """What a shell says that runs the page's commands."""
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
        "\n".join([*BLOCKS, 'echo "HANDED OVER $(python sign.py parley-session,$PARLEY_TICKETING_URL 60 \'{"sub": "anna"}\') $PAGE"']),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await shell.communicate()
    assert shell.returncode == 0, said.decode()
    return said.decode()


@pytest.mark.timeout(300)
async def test_whoever_follows_the_page_ends_with_mail_for_the_seller_and_signed_in(stack: Layout, tmp_path: Path) -> None:
    said = await followed(stack, tmp_path)

    numbers = re.findall(r'"number":\s*"([A-Z]-\w{4}-\w{4})"', said)
    assert len(numbers) == 2, said
    async with Scene(stack, Teller()) as scene:
        for number in numbers:
            mail = await scene.inbox.wait("theo@example.org", number, within=60)
            assert mail.link

    assert "200 at http" in said
    assert "Der Deckel hat einen Sprung." in (tmp_path / "page.html").read_text()
    assert "Teekanne, blau" in (tmp_path / "question.html").read_text()
    assert "Teekanne, blau" in (tmp_path / "form.html").read_text()
    [(token, page)] = re.findall(r"^HANDED OVER (\S+) (\S+)$", said, re.MULTILINE)
    async with httpx.AsyncClient() as browser:
        form = {"token": token, "return_to": page}
        twice = [(await browser.post(f"{stack.url('ticketing')}/session", data=form)).status_code for _ in range(2)]
    assert twice == [303, 401], "each token works once"
