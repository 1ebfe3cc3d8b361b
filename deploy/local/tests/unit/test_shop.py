"""The demo shop hands people over as a marketplace does: for one service, once, within a minute."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from parley_chassis.sessions import Sessions
from parley_chassis.settings import AuthSettings, TokenSettings
from parley_local import issuer, keys, markets
from parley_local.layout import Layout
from parley_local.shop.server import front_page, sign_in_page
from parley_local.shop.ways import shelves, visitors, visitors_of


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def sessions(layout: Layout, service: str) -> Sessions:
    trust: Any = {"jwks_url": None, "jwks_file": keys.jwks_file(layout.folder, issuer.SHOP)}
    shop, auth = TokenSettings(issuer=issuer.SHOP, **trust), AuthSettings(issuer=issuer.ISSUER, **trust)
    return Sessions(shop, auth, ["k" * 64], service=service, address=layout.url(service))


async def test_each_button_signs_its_person_in_at_the_service_that_has_the_page(layout: Layout) -> None:
    ways = [way for visitor in visitors(layout) for way in visitor.ways]
    for way in ways:
        service = next(name for name in layout.services if layout.url(name) == way.service)
        assert (await sessions(layout, service).hand_over(way.token)).principal.party_id
        assert way.page.startswith(f"{way.service}/")
    assert len({way.token for way in ways}) == len(ways), "each works once"


async def test_whoever_must_sign_in_comes_back_to_the_page_they_came_from(layout: Layout) -> None:
    page = layout.url("ticketing") + "/c/0190a5a2"
    lena = next(visitor for visitor in visitors_of(layout, page) if visitor.name == "Lena Lindner")
    [way] = lena.ways
    handed = await sessions(layout, "ticketing").hand_over(way.token)
    assert (way.page, handed.principal.party_id, handed.principal.seller_ids) == (page, "lena", frozenset({"holzwerk"}))


@pytest.mark.parametrize("address", ["", "https://elsewhere.example/c/1", "http://127.0.0.1:8801.elsewhere.example/"])
def test_nobody_is_handed_over_to_strangers(layout: Layout, address: str) -> None:
    assert sign_in_page(layout, address) is None


def test_the_front_page_has_everybody_and_what_guests_may_ask(layout: Layout) -> None:
    page = front_page(layout)
    assert all(name in page for name in ("Anna Berger", "Lena Lindner", "Sofia Keller", "Support for A-1001", "Inquiry Board", "On call"))
    assert {shelf.button for shelf in shelves(layout)} == {"Ask Seller about Product", "Contact Seller"}
    assert "anary" not in page


def test_the_markets_of_the_stack_differ_in_the_sign_in_alone(layout: Layout) -> None:
    folder = markets.folder(layout)
    for source in markets.SOURCE.glob("*.yaml"):
        ours, theirs = (yaml.safe_load(path.read_text()) for path in (folder / source.name, source))
        if "signin" in theirs.get("urls", {}):
            assert ours["urls"].pop("signin") == f"{layout.url('shop')}/sign-in"
            del theirs["urls"]["signin"]
        assert ours == theirs


def test_a_process_of_the_stack_makes_the_same_layout_of_its_environment(tmp_path: Path) -> None:
    layout = Layout(tmp_path, services=("ticketing",)).on_free_ports()
    assert Layout.from_environment(layout.environment()) == layout
