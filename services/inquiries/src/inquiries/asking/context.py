"""The context token: what the shop's page says about itself, signed by the shop, so that no form has to be believed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from parley_chassis.problems import Problem
from parley_chassis.settings import TokenSettings
from parley_chassis.tokens import TokenExpired, TokenInvalid, Tokens
from parley_contracts.problems import INVALID
from parley_conversation.http.bodies import Id
from pydantic import BaseModel, StringConstraints, ValidationError

from inquiries.domain.context import Context

AUDIENCE = "parley-context"
LIFETIME = timedelta(days=7)

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
Url = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s\x00-\x1f\x7f\"<>\\]+$")]


class _Claims(BaseModel):
    """What the shop says about the page; its times were checked with the signature."""

    iat: int
    exp: int
    seller_id: Id
    market: Id
    url: Url | None = None
    product_id: Id | None = None
    product_title: Title | None = None


class ContextTokens:
    """Reads context tokens of one shop system."""

    def __init__(self, shop: TokenSettings, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._tokens = Tokens(shop, AUDIENCE, needs=("iat",), now=now)

    async def read(self, token: str) -> Context:
        """The page that the token speaks of; a Problem where the shop did not sign it, or too long ago."""
        try:
            claims = _Claims.model_validate(await self._tokens.claims(token))
        except TokenExpired:
            raise refused("expired", "is too old; load the shop's page again and ask from there") from None
        except TokenInvalid:
            raise refused("invalid", "was not signed by the shop for this; send the token of its page as it is") from None
        except ValidationError as error:
            wrong = ", ".join(sorted({str(fault["loc"][0]) for fault in error.errors()}))
            raise refused("claims", f"has claims that are missing or wrong ({wrong}); tell the shop") from None
        if claims.exp - claims.iat > LIFETIME.total_seconds():
            raise refused("lifetime", f"is valid for longer than {LIFETIME.days} days; tell the shop") from None
        return Context(
            seller_id=claims.seller_id,
            market=claims.market,
            url=claims.url,
            product_id=claims.product_id,
            product_title=claims.product_title if claims.product_id else None,
        )


def refused(type: str, message: str, field: str = "context") -> Problem:
    """What is wrong with one field of the body."""
    errors: list[dict[str, Any]] = [{"field": f"body.{field}", "message": message, "type": type}]
    return Problem(INVALID, "Correct the fields named in `errors`.", errors=errors)
