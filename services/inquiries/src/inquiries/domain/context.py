"""Where somebody asks from: the shop's product or store page, as the shop signed it."""

from dataclasses import dataclass

from parley_conversation.domain.standing import About
from parley_conversation.domain.words import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The page on which the question is asked. It names the seller, so that no form has to be believed."""

    seller_id: str
    market: str
    url: str | None = None
    product_id: str | None = None
    product_title: str | None = None

    @property
    def kind(self) -> Kind:
        return Kind.STORE_INQUIRY if self.product_id is None else Kind.PRODUCT_INQUIRY

    @property
    def problem_type(self) -> str:
        """Both are questions before the purchase: about a product, or about the shop in general."""
        return "store" if self.product_id is None else "product"

    @property
    def about(self) -> About:
        return About(product_id=self.product_id, product_title=self.product_title, product_url=self.url)

    @property
    def page(self) -> str:
        """What names the page, however often the shop signs it."""
        return "|".join((self.market, self.seller_id, self.product_id or ""))
