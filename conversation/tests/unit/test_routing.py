"""Who owes the first answer, by profile."""

from datetime import timedelta

import pytest
from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.routing import PROFILES, Question, route
from parley_conversation.domain.words import Category, Side

QUESTIONS = [Category.PRE_PURCHASE, Category.CUSTOMER_SERVICE]


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("served", [True, False])
def test_seller_first_sends_everything_to_the_seller(category: Category, served: bool) -> None:
    assert route("seller_first", Question(category=category, served=served)) is Side.SELLER


@pytest.mark.parametrize("category", QUESTIONS)
def test_support_first_sends_questions_of_served_countries_to_the_seller_and_others_to_support(category: Category) -> None:
    assert route("support_first", Question(category=category, served=True)) is Side.SELLER
    assert route("support_first", Question(category=category, served=False)) is Side.SUPPORT


@pytest.mark.parametrize(
    ("seller_listed", "high_value", "side"),
    [(False, False, Side.SUPPORT), (True, False, Side.SELLER), (False, True, Side.SELLER), (True, True, Side.SELLER)],
)
def test_support_first_sends_tickets_after_the_purchase_to_sellers_only_if_listed_or_valuable(
    seller_listed: bool, high_value: bool, side: Side
) -> None:
    question = Question(category=Category.POST_PURCHASE, seller_listed=seller_listed, high_value=high_value)

    assert route("support_first", question) is side


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("served", [True, False])
@pytest.mark.parametrize("seller_listed", [True, False])
@pytest.mark.parametrize("high_value", [True, False])
def test_every_question_has_a_side(profile: str, category: Category, served: bool, seller_listed: bool, high_value: bool) -> None:
    assert route(profile, Question(category=category, served=served, seller_listed=seller_listed, high_value=high_value)) in Side


def test_a_market_says_whom_it_serves_and_what_is_of_high_value() -> None:
    market = MarketRules(
        contact_window=timedelta(days=30),
        routing_profile="support_first",
        served_countries=frozenset({"DE"}),
        listed_sellers=frozenset({"trusted"}),
        high_value_minor=50_000,
    )

    assert market.handler_of(Category.CUSTOMER_SERVICE, seller_id="s", country="DE") is Side.SELLER
    assert market.handler_of(Category.CUSTOMER_SERVICE, seller_id="s", country="US") is Side.SUPPORT
    assert market.handler_of(Category.CUSTOMER_SERVICE, seller_id="s") is Side.SELLER, "a country that is not known counts as served"
    assert market.handler_of(Category.POST_PURCHASE, seller_id="s", value_minor=49_999) is Side.SUPPORT
    assert market.handler_of(Category.POST_PURCHASE, seller_id="s", value_minor=50_000) is Side.SELLER
    assert market.handler_of(Category.POST_PURCHASE, seller_id="trusted") is Side.SELLER
