"""The orders of the demo marketplace, dated from the first start: open ones, recent ones and an old one."""

from datetime import datetime, timedelta

from parley_contracts.marketplace import Address, OrderChanged, OrderLine, OrderState

_BERLIN = Address(name="Ben Carter", lines=("Torstraße 1",), postal_code="10119", city="Berlin", country="DE")
_VIENNA = Address(name="Anna Berger", lines=("Ringstraße 7",), postal_code="1010", city="Wien", country="AT")


def orders(now: datetime) -> list[OrderChanged]:
    """Each order as it is at ``now``."""
    table = OrderLine(
        id="1", seller_id="holzwerk", product_id="oak-table", title="Eichentisch Nora", variant="160 cm", quantity=1, price_minor=64900
    )
    chair = OrderLine(id="2", seller_id="holzwerk", product_id="oak-chair", title="Stuhl Nora", quantity=4, price_minor=12900)
    lamp = OrderLine(
        id="1",
        seller_id="lumen",
        product_id="desk-lamp",
        title="Desk lamp Halo",
        quantity=1,
        price_minor=7900,
        carrier="DHL",
        tracking_id="JD0142",
    )
    nothing = OrderLine(id="1", seller_id="canary-shop", product_id="nothing", title="Nothing", quantity=1, price_minor=0)
    bulb = OrderLine(id="1", seller_id="lumen", product_id="bulb-e27", title="Bulb E27, warm white", quantity=6, price_minor=490)
    return [
        _order("A-1001", "anna", "de", _VIENNA, (table, chair), placed=now - timedelta(days=2)),
        _order("A-1002", "anna", "de", _VIENNA, (chair,), placed=now - timedelta(days=20), completed=now - timedelta(days=12)),
        _order("B-2001", "ben", "fast", _BERLIN, (lamp,), placed=now - timedelta(days=6), completed=now - timedelta(days=1)),
        _order("B-2002", "ben", "fast", _BERLIN, (bulb,), placed=now - timedelta(hours=3)),
        _order("canary-1", "canary", "canary", _BERLIN, (nothing,), placed=now - timedelta(hours=3)),
        # Too old: the seller may no longer write about it.
        _order("B-1900", "ben", "fast", _BERLIN, (bulb,), placed=now - timedelta(days=90), completed=now - timedelta(days=80)),
    ]


def _order(
    number: str,
    buyer: str,
    market: str,
    address: Address,
    lines: tuple[OrderLine, ...],
    *,
    placed: datetime,
    completed: datetime | None = None,
) -> OrderChanged:
    return OrderChanged(
        id=number,
        number=number,
        transaction_id=f"TX-{number}",
        buyer_id=buyer,
        state=OrderState.COMPLETED if completed else OrderState.OPEN,
        currency="EUR",
        market=market,
        delivery_country=address.country,
        delivery_address=address,
        placed_at=placed,
        completed_at=completed,
        refund_window_ends_at=completed + timedelta(days=30) if completed else None,
        lines=lines,
    )
