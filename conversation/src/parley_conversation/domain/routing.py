"""Which side owes the first answer: the rules of a routing profile, as data; the first that fits decides."""

from collections.abc import Mapping
from dataclasses import dataclass

from parley_conversation.domain.words import Category, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a routing rule can ask of a conversation that is being opened."""

    category: Category
    served: bool = True
    """Whether sellers serve the buyer's country directly; a country that is not known counts as served."""
    seller_listed: bool = False
    """Whether the market trusts this seller with questions after the purchase."""
    high_value: bool = False
    """Whether the order's value is above the market's limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRule:
    """What must be so (None: does not matter), and the side to which it then goes."""

    to: Side
    categories: frozenset[Category] = frozenset(Category)
    served: bool | None = None
    seller_listed: bool | None = None
    high_value: bool | None = None

    def fits(self, question: Question) -> bool:
        return (
            question.category in self.categories
            and self.served in (None, question.served)
            and self.seller_listed in (None, question.seller_listed)
            and self.high_value in (None, question.high_value)
        )


QUESTIONS = frozenset({Category.PRE_PURCHASE, Category.CUSTOMER_SERVICE})
AFTER_PURCHASE = frozenset({Category.POST_PURCHASE})

PROFILES: Mapping[str, tuple[RoutingRule, ...]] = {
    "seller_first": (RoutingRule(to=Side.SELLER),),
    "support_first": (
        RoutingRule(categories=QUESTIONS, served=True, to=Side.SELLER),
        RoutingRule(categories=QUESTIONS, served=False, to=Side.SUPPORT),
        RoutingRule(categories=AFTER_PURCHASE, seller_listed=True, to=Side.SELLER),
        RoutingRule(categories=AFTER_PURCHASE, high_value=True, to=Side.SELLER),
        RoutingRule(to=Side.SUPPORT),
    ),
}


def route(profile: str, question: Question) -> Side:
    """The side that owes the first answer."""
    return next(rule.to for rule in PROFILES[profile] if rule.fits(question))
