"""Whoever must sign in is sent to the shop, and comes back signed in to the page that they wanted."""

from urllib.parse import quote

import pytest
from parley_local.demo.browser import Browser
from parley_local.layout import Layout


@pytest.mark.parametrize("service", ["ticketing", "inquiries"])
async def test_the_shop_signs_people_in_to_each_board(stack: Layout, service: str) -> None:
    wanted = stack.url(service) + "/board"
    async with Browser() as browser:
        page = await browser.open(f"{stack.url('shop')}/sign-in?return_to={quote(wanted, safe='')}")
        shown = await browser.send(page, "session", {})
        again = await browser.open(wanted)

    assert shown.url == wanted
    assert again.text == shown.text, "a cookie keeps the person signed in"
