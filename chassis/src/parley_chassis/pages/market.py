"""What a page shows of its market: name, imprint, colour, and the ways back to the shop."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator

from parley_chassis.markets import MarketPart
from parley_chassis.settings import PublicUrl


def _zone(name: object) -> object:
    try:
        return ZoneInfo(name) if isinstance(name, str) else name
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write one such as Europe/Berlin") from None


class Colours(BaseModel):
    """The market's colours."""

    model_config = ConfigDict(frozen=True)

    accent: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] = "#0b5cad"


class ShopAddresses(BaseModel):
    """Where things are in the shop; {order_id}, {product_id} and {seller_id} stand for what they name."""

    model_config = ConfigDict(frozen=True)

    order: str | None = None
    product: str | None = None
    seller: str | None = None
    signin: PublicUrl | None = None

    @field_validator("order", "product", "seller")
    @classmethod
    def _safe(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError(f"{value!r} is no address; write it as https://www.shop.example/orders/{{order_id}}")
        return value


class PageMarket(MarketPart):
    """A market as its pages show it."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)

    time_zone: Annotated[ZoneInfo, BeforeValidator(_zone)] = ZoneInfo("UTC")
    imprint: str = Field("", max_length=1000)
    colours: Colours = Colours()
    logo: PublicUrl | None = None
    urls: ShopAddresses = ShopAddresses()


NOWHERE = PageMarket(id="none", name="Parley", languages=("en",))
"""For a page of which the market is not known."""
