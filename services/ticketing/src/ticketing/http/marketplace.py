"""People and orders as the inlet takes them: the events of the inbound topics, with nothing unknown and nothing senseless in them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from parley_chassis.times import WRITTEN
from parley_contracts import marketplace as wire
from parley_contracts.envelope import MAX_VALUE_BYTES, Instant
from parley_conversation.http.bodies import Id
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

MOST_LINES = 500

_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


def _zone(name: str) -> str:
    try:
        if _ZONE.fullmatch(name):
            ZoneInfo(name)
            return name
    except (KeyError, ValueError, OSError):
        pass
    raise ValueError(f"{name[:60]!r} is no time zone; write one such as Europe/Berlin")


def _known(value: Any) -> Any:
    if value.value == "other":
        raise ValueError(f"is not known here; write one of {', '.join(each.value for each in type(value) if each.value != 'other')}")
    return value


def _some(lines: tuple[Any, ...]) -> tuple[Any, ...]:
    if not 1 <= len(lines) <= MOST_LINES:
        raise ValueError(f"an order has 1 to {MOST_LINES} lines, and this has {len(lines)}")
    return lines


def _milliseconds(at: datetime) -> datetime:
    return at - timedelta(microseconds=at.microsecond % 1000)


Moment = Annotated[Instant, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)), WRITTEN]
Time = Annotated[Moment, AfterValidator(_milliseconds)]
"""When it was so, as exact as the log tells times."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^\s@\x00-\x1f\x7f<>,;]+@[^\s@\x00-\x1f\x7f<>,;]+$")]
Language = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Zone = Annotated[str, StringConstraints(max_length=60), AfterValidator(_zone)]
Url = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s\x00-\x1f\x7f\"<>\\]+$")]
Amount = Annotated[int, Field(ge=0, le=10**15)]

_EXACT = ConfigDict(frozen=True, extra="forbid")


class Party(wire.PartyChanged):
    """A person or a shop, as it is now."""

    model_config = _EXACT

    id: Id
    kind: Annotated[wire.PartyKind, AfterValidator(_known)]
    seller_id: Id | None = Field(default=None, description="The shop of a member")
    display_name: Words
    email: Email | None = None
    language: Language | None = None
    time_zone: Zone | None = None
    market: Id
    country: Country | None = Field(default=None, description="ISO 3166-1 alpha-2")

    @model_validator(mode="after")
    def _whose(self) -> "Party":
        if self.kind is wire.PartyKind.MEMBER and self.seller_id is None:
            raise ValueError("a member belongs to a shop: give its seller_id")
        return self


class Address(wire.Address):
    """Where an order goes to."""

    model_config = _EXACT

    name: Words | None = None
    lines: Annotated[tuple[Words, ...], Field(max_length=10)] = ()
    postal_code: Words | None = None
    city: Words | None = None
    country: Words | None = None


class Refund(wire.Refund):
    """What became of the money for a line."""

    model_config = _EXACT

    state: Annotated[wire.RefundState, AfterValidator(_known)]
    amount_minor: Amount
    at: Moment


class Line(wire.OrderLine):
    """One line of an order; prices in the currency's minor unit."""

    model_config = _EXACT

    id: Id
    seller_id: Id
    product_id: Id
    title: Words
    variant: Words | None = None
    quantity: Annotated[int, Field(ge=1, le=10**6)]
    price_minor: Amount
    product_url: Url | None = None
    carrier: Words | None = None
    tracking_id: Words | None = None
    refund: Refund | None = None


class Order(wire.OrderChanged):
    """An order with all of its lines, as it is now."""

    model_config = _EXACT

    id: Id
    number: Words
    transaction_id: Id | None = None
    buyer_id: Id
    state: Annotated[wire.OrderState, AfterValidator(_known)]
    currency: Currency
    market: Id
    delivery_country: Country | None = None
    delivery_address: Address | None = None
    placed_at: Moment
    completed_at: Moment | None = None
    refund_window_ends_at: Moment | None = None
    lines: Annotated[tuple[Line, ...], AfterValidator(_some)]

    @model_validator(mode="after")
    def _makes_sense(self) -> "Order":
        for fault in self._faults():
            raise ValueError(fault)
        return self

    def _faults(self) -> Iterator[str]:
        if len({line.id for line in self.lines}) < len(self.lines):
            yield "two lines have the same id; each line needs its own"
        if len(self.model_dump_json(exclude_none=True).encode()) > MAX_VALUE_BYTES:
            yield f"an order may have {MAX_VALUE_BYTES // 1024} KiB; shorten its texts"


class _Line(BaseModel):
    """An event as `parley tail` prints it; what else the line says is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: Id | None = None
    time: Time | None = None
    data: Party | Order | None

    @model_validator(mode="after")
    def _of_whom(self) -> Self:
        if self.data is None and self.subject is None:
            raise ValueError("erases nothing: with data null, name in subject what is to be erased")
        if self.data is not None and self.subject not in (None, self.data.id):
            raise ValueError("subject is not the id in data; leave the subject out, or write the same")
        return self


class PartyLine(_Line):
    """A line about a person or a shop."""

    type: Literal["parley.party.changed.v1"]
    data: Party | None


class OrderLine(_Line):
    """A line about an order."""

    type: Literal["parley.order.changed.v1"]
    data: Order | None


LINE: TypeAdapter[PartyLine | OrderLine] = TypeAdapter(Annotated[PartyLine | OrderLine, Field(discriminator="type")])
"""One line of many."""
