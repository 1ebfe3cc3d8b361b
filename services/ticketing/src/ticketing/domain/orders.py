"""Orders as the marketplace tells them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class OrderState(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    OTHER = "other"


class RefundState(StrEnum):
    ASKED = "asked"
    PAID = "paid"
    FAILED = "failed"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """The refund of one line, as the payment service tells it."""

    state: RefundState
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line of an order; prices in the currency's minor unit."""

    id: str
    seller_id: str
    product_id: str
    title: str
    quantity: int
    price_minor: int
    variant: str | None = None
    product_url: str | None = None
    carrier: str | None = None
    tracking_id: str | None = None
    refund: Refund | None = None

    @property
    def total_minor(self) -> int:
        """What the buyer paid for the line."""
        return self.price_minor * self.quantity

    @property
    def refundable(self) -> bool:
        """Whether a refund can be asked for: there is none yet, or it failed."""
        return self.refund is None or self.refund.state is RefundState.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an order goes to: shown to its sellers and to support."""

    name: str | None = None
    lines: tuple[str, ...] = ()
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None

    def on_paper(self) -> tuple[str, ...]:
        """The address as it stands on a parcel."""
        town = " ".join(part for part in (self.postal_code, self.city) if part)
        return tuple(line for line in (self.name, *self.lines, town, self.country) if line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order, as it was at ``time``."""

    id: str
    number: str
    buyer_id: str
    state: OrderState
    currency: str
    market: str
    placed_at: datetime
    lines: tuple[OrderLine, ...]
    time: datetime
    transaction_id: str | None = None
    delivery_country: str | None = None
    delivery_address: Address | None = None
    completed_at: datetime | None = None
    refund_window_ends_at: datetime | None = None

    @property
    def sellers(self) -> frozenset[str]:
        """The shops that sold of it."""
        return frozenset(line.seller_id for line in self.lines)

    def lines_of(self, seller_id: str) -> tuple[OrderLine, ...]:
        """A seller's own lines; those of others are not their business."""
        return tuple(line for line in self.lines if line.seller_id == seller_id)

    def value_of(self, seller_id: str) -> int:
        """What the buyer paid this seller, in the minor unit."""
        return sum(line.total_minor for line in self.lines_of(seller_id))

    def refund_asked(self, lines: Collection[OrderLine], at: datetime) -> "Order":
        """The order while the payment service has not answered yet."""

        def asked(line: OrderLine) -> OrderLine:
            refund = Refund(state=RefundState.ASKED, amount_minor=line.total_minor, at=at)
            return replace(line, refund=refund) if line in lines else line

        return replace(self, lines=tuple(map(asked, self.lines)))

    def after(self, known: "Order") -> "Order":
        """As the marketplace tells it now, with the refunds that were asked for here and of which it has not heard yet."""
        ours = {line.id: line.refund for line in known.lines if line.refund}

        def later(line: OrderLine) -> OrderLine:
            mine = ours.get(line.id)
            return replace(line, refund=mine) if mine and (line.refund is None or line.refund.at < mine.at) else line

        return replace(self, lines=tuple(map(later, self.lines)))

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, None while it is open; what was cancelled without a time ended when it was placed."""
        if self.state in (OrderState.COMPLETED, OrderState.CANCELLED):
            return self.completed_at or self.placed_at
        return None
