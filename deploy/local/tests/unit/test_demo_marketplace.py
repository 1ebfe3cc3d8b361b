"""The demo marketplace hangs together, and its people can sign in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from parley_chassis.settings import TokenSettings
from parley_chassis.tokens import Tokens
from parley_contracts.marketplace import OrderState
from parley_local import issuer, keys
from parley_local.layout import ROOT
from parley_local.orders import orders
from parley_local.people import PEOPLE, SHOPS
from parley_local.problem import CannotRun

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MARKETS = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / "config" / "markets").glob("*.yaml")}


def test_everybody_lives_in_a_market_and_speaks_its_language() -> None:
    for person in PEOPLE:
        assert person.language in MARKETS[person.market]["languages"], person
        assert set(person.markets) <= set(MARKETS)
        assert person.shop in {None, *(shop.id for shop in SHOPS)}
    assert {shop.market for shop in SHOPS} <= set(MARKETS)


def test_every_shop_has_somebody_who_can_answer() -> None:
    assert {shop.id for shop in SHOPS} == {person.shop for person in PEOPLE if person.shop}


def test_every_order_is_of_a_known_buyer_with_known_shops() -> None:
    buyers, shops = {person.id for person in PEOPLE}, {shop.id for shop in SHOPS}
    for order in orders(NOW):
        assert order.buyer_id in buyers
        assert {line.seller_id for line in order.lines} <= shops
        assert order.placed_at < NOW


def test_there_are_open_recent_and_old_orders() -> None:
    ages = [(NOW - order.completed_at).days for order in orders(NOW) if order.completed_at]
    assert [order for order in orders(NOW) if order.state is OrderState.OPEN]
    assert min(ages) < 30 < max(ages)


@pytest.mark.parametrize("who", [*(person.id for person in PEOPLE), "shop"])
async def test_a_token_is_accepted_with_what_it_says(tmp_path: Path, who: str) -> None:
    settings = TokenSettings(issuer=issuer.ISSUER, jwks_url=None, jwks_file=keys.jwks_file(tmp_path, issuer.ISSUER))
    claims = await Tokens(settings, issuer.AUDIENCE, needs=("sub",)).claims(issuer.token(tmp_path, who))
    assert claims["sub"] == who
    assert claims["roles"]


def test_nobody_else_gets_a_token(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"nobody called 'eve'.*anna"):
        issuer.token(tmp_path, "eve")
    with pytest.raises(CannotRun, match=r"make token WHO=anna; there are: anna"):
        issuer.token(tmp_path, "")


def test_keys_are_kept_and_are_for_their_owner_alone(tmp_path: Path) -> None:
    first = keys.signing_key(tmp_path, "shop").as_dict(private=True)
    assert keys.signing_key(tmp_path, "shop").as_dict(private=True) == first
    assert (tmp_path / "keys" / "shop.json").stat().st_mode & 0o077 == 0
    assert '"d"' not in keys.jwks_file(tmp_path, "shop").read_text()
    assert keys.link_keys_file(tmp_path).read_text() == keys.link_keys_file(tmp_path).read_text()
