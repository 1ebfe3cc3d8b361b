"""The marketplace's word about orders as tickets keep it, whichever way it came in."""

from datetime import datetime

from parley_contracts.marketplace import OrderChanged
from parley_contracts.marketplace import OrderLine as WireLine

from ticketing.domain.orders import Address, Order, OrderLine, OrderState, Refund, RefundState


def order_of(said: OrderChanged, at: datetime) -> Order:
    """An order as it was at that time."""
    address = said.delivery_address
    return Order(
        id=said.id,
        number=said.number,
        buyer_id=said.buyer_id,
        state=OrderState(said.state.value),
        currency=said.currency,
        market=said.market,
        placed_at=said.placed_at,
        lines=tuple(_line(line) for line in said.lines),
        time=at,
        transaction_id=said.transaction_id,
        delivery_country=said.delivery_country,
        delivery_address=Address(**address.model_dump()) if address else None,
        completed_at=said.completed_at,
        refund_window_ends_at=said.refund_window_ends_at,
    )


def _line(line: WireLine) -> OrderLine:
    refund = line.refund
    return OrderLine(
        id=line.id,
        seller_id=line.seller_id,
        product_id=line.product_id,
        title=line.title,
        quantity=line.quantity,
        price_minor=line.price_minor,
        variant=line.variant,
        product_url=line.product_url,
        carrier=line.carrier,
        tracking_id=line.tracking_id,
        refund=Refund(state=RefundState(refund.state.value), amount_minor=refund.amount_minor, at=refund.at) if refund else None,
    )
