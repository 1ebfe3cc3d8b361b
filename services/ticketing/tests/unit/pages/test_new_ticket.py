"""A buyer asks about an order of theirs on a page: nothing that was filled in is lost, and nothing is opened twice."""

from datetime import timedelta
from typing import Any

import pytest
from parley_conversation.domain.parties import Party, PartyKind
from parley_conversation.domain.words import Category
from parley_conversation.testing.builders import NOW
from ticketing.testing import a_line, an_order

FORM = "/orders/order-1/tickets/new"
ASKED = {"line_ids": ["line-1"], "problem_type": "damaged_item", "text": "The lid is broken."}


def opened(transact: Any) -> list[tuple[str, tuple[str, ...], Category, str]]:
    """Of each ticket: its shop, its lines, its category, and what was written."""
    texts = {place[0]: posted.message.text for place, posted in transact.tables.get("messages", {}).items()}
    tickets = transact.tables.get("conversations", {}).values()
    return [(it.seller_id, it.about.line_ids, it.category, texts[it.id]) for it in tickets]


async def test_a_buyer_ticks_lines_and_comes_to_the_new_ticket(browser: Any, buyer: None, transact: Any) -> None:
    page = await browser.get(FORM)
    assert "Order 4711" in page.text
    assert page.html.count('type="checkbox" name="line_ids"') == 3

    sent = await browser.send(page, "new", **ASKED)

    [(id, ticket)] = transact.tables["conversations"].items()
    assert [(each.status_code, each.headers["location"]) for each in sent.answer.history] == [(303, f"/c/{id}")]
    assert ticket.number in sent.text
    assert opened(transact) == [("seller-1", ("line-1",), Category.POST_PURCHASE, "The lid is broken.")]


async def test_lines_of_two_shops_become_two_tickets_that_the_order_lists(browser: Any, buyer: None, transact: Any) -> None:
    sent = await browser.send(await browser.get(FORM), "new", **{**ASKED, "line_ids": ["line-2", "line-3"]})

    assert [each.headers["location"] for each in sent.answer.history] == ["/orders/order-1?done=open"]
    assert "Your tickets are open" in sent.text
    assert {(shop, lines) for shop, lines, _, _ in opened(transact)} == {("seller-1", ("line-2",)), ("seller-2", ("line-3",))}
    assert all(ticket.number in sent.text for ticket in transact.tables["conversations"].values())


async def test_a_form_that_is_sent_twice_opens_one_ticket(browser: Any, buyer: None, transact: Any) -> None:
    page = await browser.get(FORM)

    answers = [await browser.send(page, "new", **ASKED) for _ in range(3)]

    assert len({answer.answer.url for answer in answers}) == 1
    assert len(opened(transact)) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"line_ids": []}, "Please tick what it is about."),
        ({"line_ids": ["line-9"]}, "Please tick what it is about."),
        ({"problem_type": ""}, "Please choose what it is about."),
        ({"problem_type": "boredom"}, "Please choose what it is about."),
        ({"text": " \n"}, "Please write something."),
    ],
    ids=str,
)
async def test_what_must_be_changed_is_told_beside_the_field_and_the_rest_is_kept(
    browser: Any, buyer: None, transact: Any, png: bytes, changes: dict[str, Any], told: str
) -> None:
    back = await browser.send(await browser.get(FORM), "new", files={"lid.png": png}, **{**ASKED, **changes})

    assert back.status == 422
    assert told in back.text
    assert 'aria-invalid="true"' in back.html
    kept = back.form("new").fields
    assert kept["attachments"] in transact.tables["images"]
    known = {"line_ids": "line-1", "problem_type": "damaged_item", "text": "The lid is broken."}
    assert {name: kept[name] for name in known if name not in changes} == {name: known[name] for name in known if name not in changes}
    assert opened(transact) == []
    await browser.send(back, "new", **ASKED)
    assert len(opened(transact)) == 1
    assert [len(posted.message.images) for posted in transact.tables["messages"].values()] == [1]


async def test_a_ticket_that_is_open_already_is_linked_and_the_text_is_kept(browser: Any, buyer: None, transact: Any) -> None:
    await browser.send(await browser.get(FORM), "new", **ASKED)
    [(id, ticket)] = transact.tables["conversations"].items()

    back = await browser.send(await browser.get(FORM), "new", **{**ASKED, "text": "The spout, too."})

    assert back.status == 409
    assert f'<a href="/c/{id}">Go on in ticket {ticket.number}</a>' in back.html
    assert back.form("new").fields["text"] == "The spout, too."
    assert len(opened(transact)) == 1


async def test_what_is_too_late_to_ask_is_not_offered_and_not_taken(browser: Any, buyer: None, transact: Any) -> None:
    page = await browser.get(FORM)
    assert 'value="tracking"' in page.html
    transact.tables["orders"]["order-1"] = an_order(refund_window_ends_at=NOW - timedelta(days=121))

    assert 'value="tracking"' not in (await browser.get(FORM)).html
    back = await browser.send(page, "new", **{**ASKED, "problem_type": "tracking"})

    assert (back.status, back.form("new").fields["text"]) == (403, "The lid is broken.")
    assert "The time for questions about this order is over." in back.text


async def test_a_file_that_is_large_and_no_image_is_told_beside_its_field(browser: Any, buyer: None, transact: Any) -> None:
    back = await browser.send(await browser.get(FORM), "new", files={"lid.png": b"x" * 300_000}, **ASKED)

    assert (back.status, back.form("new").fields["text"]) == (422, "The lid is broken.")
    assert "This file is no image" in back.text
    assert opened(transact) == []


async def test_one_line_alone_is_ticked_already(browser: Any, buyer: None, transact: Any) -> None:
    transact.tables["orders"]["order-1"] = an_order(lines=(a_line("line-1"),))

    assert (await browser.get(FORM)).form("new").fields["line_ids"] == "line-1"


async def test_a_form_that_is_not_ours_opens_nothing(browser: Any, buyer: None, transact: Any) -> None:
    page = await browser.get(FORM)

    stranger = await browser.send(page, "new", headers={"sec-fetch-site": "cross-site"}, **ASKED)
    forged = await browser.send(page, "new", form="forged", **ASKED)

    assert (stranger.status, forged.status) == (409, 409)
    assert forged.form("new").fields["text"] == "The lid is broken."
    assert opened(transact) == []


async def test_who_is_not_signed_in_is_led_to_the_shop_and_back_to_the_form(browser: Any) -> None:
    page = await browser.get(FORM)

    assert page.status == 401
    assert "https://shop.example/sign-in?return_to=https%3A%2F%2Fhelp.example.com%2Forders%2Forder-1%2Ftickets%2Fnew" in page.html


async def test_another_buyer_finds_nothing_and_who_has_no_account_is_told_so(browser: Any, sign_in: Any, transact: Any) -> None:
    sign_in("buyer-9", "buyer")
    assert (await browser.get(FORM)).status == 404
    assert (await browser.http.post(FORM, data=ASKED)).status_code == 404

    party = Party(id="buyer-1", kind=PartyKind.BUYER, display_name="Bea", market="de", time=NOW, has_account=False)
    transact.tables["parties"]["buyer-1"] = party
    sign_in("buyer-1", "buyer")
    assert (await browser.get(FORM)).status == 403


async def test_what_stands_in_an_order_is_text_and_nothing_else(browser: Any, buyer: None, transact: Any) -> None:
    line = a_line("<b>", title="<script>alert(1)</script>", product_url="javascript:alert(1)")
    transact.tables["orders"]["order-1"] = an_order(number="<i>", lines=(line,))

    for page in (await browser.get(FORM), await browser.get("/orders/order-1")):
        assert page.status == 200
        for bad in ("<script", "<b>", "<i>", "javascript:"):
            assert bad not in page.html
