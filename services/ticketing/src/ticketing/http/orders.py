"""An order as JSON, as its reader may see it."""

from typing import Annotated, NotRequired

from parley_contracts.envelope import timestamp
from parley_conversation.http.shapes import Time, Whole, words
from typing_extensions import TypedDict

from ticketing.domain.orders import OrderLine, OrderState, RefundState
from ticketing.use_cases.orders import OrderFacts


class RefundShown(TypedDict):
    """What became of the refund of a line."""

    state: Annotated[str, words(RefundState)]
    amount_minor: int
    at: Time


class LineShown(TypedDict):
    """A line of an order. Amounts are in the smallest unit of the order's currency."""

    id: str
    seller_id: str
    product_id: str
    title: str
    variant: str | None
    quantity: int
    price_minor: int
    product_url: str | None
    carrier: str | None
    tracking_id: str | None
    refund: RefundShown | None


class AddressShown(TypedDict):
    """Where the order goes: shown to its seller and to support."""

    name: str | None
    lines: list[str]
    postal_code: str | None
    city: str | None
    country: str | None


class OrderShown(TypedDict):
    """An order; a seller sees the own lines alone."""

    id: str
    number: str
    transaction_id: str | None
    state: Annotated[str, words(OrderState)]
    currency: str
    placed_at: Time
    completed_at: Time | None
    refund_window_ends_at: Time | None
    lines: list[LineShown]
    delivery_address: NotRequired[AddressShown]


class TicketShown(Whole):
    """A ticket with its order, which is null where it was erased or is not to be seen."""

    order: OrderShown | None


def order_shown(facts: OrderFacts) -> OrderShown:
    """The order as far as these facts go."""
    order, address = facts.order, facts.order.delivery_address
    shown: OrderShown = {
        "id": order.id,
        "number": order.number,
        "transaction_id": order.transaction_id,
        "state": order.state.value,
        "currency": order.currency,
        "placed_at": timestamp(order.placed_at),
        "completed_at": timestamp(order.completed_at) if order.completed_at else None,
        "refund_window_ends_at": timestamp(order.refund_window_ends_at) if order.refund_window_ends_at else None,
        "lines": [_line(line) for line in facts.lines],
    }
    if facts.shows_address and address:
        shown["delivery_address"] = {
            "name": address.name,
            "lines": list(address.lines),
            "postal_code": address.postal_code,
            "city": address.city,
            "country": address.country,
        }
    return shown


def _line(line: OrderLine) -> LineShown:
    refund = line.refund
    return {
        "id": line.id,
        "seller_id": line.seller_id,
        "product_id": line.product_id,
        "title": line.title,
        "variant": line.variant,
        "quantity": line.quantity,
        "price_minor": line.price_minor,
        "product_url": line.product_url,
        "carrier": line.carrier,
        "tracking_id": line.tracking_id,
        "refund": {"state": refund.state.value, "amount_minor": refund.amount_minor, "at": timestamp(refund.at)} if refund else None,
    }
