"""What is chosen on the page of a conversation and not written: stars, and who has it."""

from typing import Any

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.words import State
from parley_conversation.testing.builders import a_conversation


def now(transact: Any) -> Conversation:
    found: Conversation = transact.tables["conversations"]["c-1"]
    return found


async def test_the_buyer_rates_what_is_closed_and_may_think_again(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation(State.CLOSED))
    page = await browser.open("buyer-1", "buyer")

    for stars in ("", "6", "0", "five"):
        back = await browser.send(page, "rate", stars=stars)
        assert (back.status, "Bitte treffen Sie Ihre Auswahl noch einmal." in back.text) == (422, True)
    page = await browser.send(page, "rate", stars="2")
    assert "Danke für Ihre Bewertung." in page.text
    page = await browser.send(page, "rate", stars="4")

    assert [each.fact.what.stars for each in transact.published()] == [2, 4]
    assert 'value="4" required checked' in page.html


async def test_a_shop_says_who_of_it_has_the_conversation(browser: Any, place: Any, transact: Any, seller: dict[str, str]) -> None:
    place(a_conversation())
    page = await browser.get("/c/c-1", headers=seller)
    assert ">Max</option>" in page.html
    assert ">Ada</option>" not in page.html, "support's people are not the shop's"

    back = await browser.send(page, "assign", headers=seller, assignee_id="agent-1")
    assert (back.status, "Bitte treffen Sie Ihre Auswahl noch einmal." in back.text) == (422, True)
    page = await browser.send(page, "assign", headers=seller, assignee_id="member-1")
    assert now(transact).assignee_id == "member-1"
    assert 'value="member-1" selected' in page.html
    await browser.send(page, "assign", headers=seller, assignee_id="")
    assert now(transact).assignee_id is None
