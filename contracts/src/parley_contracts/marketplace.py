"""What the marketplace tells Parley, on the two restricted inbound topics. A null value (tombstone) erases."""

from typing import ClassVar

from pydantic import Field

from parley_contracts.envelope import EventData, Instant
from parley_contracts.words import OpenEnum

SOURCE = "/marketplace"


class PartyKind(OpenEnum):
    """A seller is a shop; its members are people."""

    BUYER = "buyer"
    SELLER = "seller"
    MEMBER = "member"
    SUPPORT = "support"
    OTHER = "other"


class OrderState(OpenEnum):
    """How far an order is. The contact window counts from its completion."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    OTHER = "other"


class RefundState(OpenEnum):
    """What became of the money: the payment service pays, and tells here."""

    ASKED = "asked"
    PAID = "paid"
    FAILED = "failed"
    OTHER = "other"


class PartyChanged(EventData):
    """A person or a shop, as it is now."""

    type: ClassVar[str] = "parley.party.changed.v1"

    id: str
    kind: PartyKind
    seller_id: str | None = Field(default=None, description="The shop of a member")
    display_name: str
    email: str | None = None
    language: str | None = None
    time_zone: str | None = None
    market: str
    country: str | None = Field(default=None, description="ISO 3166-1 alpha-2")
    wants_mail: bool = True
    has_account: bool = True


class Address(EventData):
    """Where an order goes to."""

    type: ClassVar[str] = ""

    name: str | None = None
    lines: tuple[str, ...] = ()
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None


class Refund(EventData):
    """The refund of one order line."""

    type: ClassVar[str] = ""

    state: RefundState
    amount_minor: int = Field(ge=0)
    at: Instant


class OrderLine(EventData):
    """One line of an order; prices in the currency's minor unit."""

    type: ClassVar[str] = ""

    id: str
    seller_id: str
    product_id: str
    title: str
    variant: str | None = None
    quantity: int = Field(ge=1)
    price_minor: int = Field(ge=0)
    product_url: str | None = None
    carrier: str | None = None
    tracking_id: str | None = None
    refund: Refund | None = None


class OrderChanged(EventData):
    """An order, as it is now."""

    type: ClassVar[str] = "parley.order.changed.v1"

    id: str
    number: str
    transaction_id: str | None = None
    buyer_id: str
    state: OrderState
    currency: str
    market: str
    delivery_country: str | None = None
    delivery_address: Address | None = None
    placed_at: Instant
    completed_at: Instant | None = None
    refund_window_ends_at: Instant | None = None
    lines: tuple[OrderLine, ...]


EVENTS: tuple[type[EventData], ...] = (PartyChanged, OrderChanged)
