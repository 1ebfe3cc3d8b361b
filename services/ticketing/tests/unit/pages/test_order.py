"""The page of an order: what each of its readers sees, and the notes that its shop writes there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from parley_conversation.domain.standing import About
from parley_conversation.testing.builders import NOW, a_conversation
from ticketing.domain.notes import Topic
from ticketing.domain.orders import OrderState, Refund, RefundState
from ticketing.pages.facts import page_of
from ticketing.testing import A_MARKET, a_line, an_order

PAGE = "/orders/order-1"
NOTE = {"to_customer": "yes", "topic": "availability", "text": "The lid comes on Friday."}


@pytest.fixture(autouse=True)
def _market(transact: Any) -> None:
    transact.markets = {"de": replace(A_MARKET, reserved_topics=frozenset({Topic.SHIPPING}), copy_address="copies@marktplatz.example")}


def notes(transact: Any) -> list[tuple[str, str, str]]:
    """Of each note: who reads it, its topic and its text."""
    said = (posted.message for posted in transact.tables.get("messages", {}).values())
    return [(message.visibility.value, message.topic, message.text) for message in said]


async def test_a_buyer_sees_everything_but_where_it_goes(browser: Any, buyer: None) -> None:
    page = await browser.get(PAGE)

    assert page.html.count('class="price"') == 3
    for told in ("Order 4711", "Open", "€39.98", "tx-1", f'href="{PAGE}/tickets/new"'):
        assert told in page.html
    for hidden in ("Weg 1", "copies@", "Save the note"):
        assert hidden not in page.html


async def test_a_shop_sees_its_own_lines_where_they_go_and_where_copies_go(browser: Any, seller: None) -> None:
    page = await browser.get(PAGE)

    assert page.html.count('class="price"') == 2
    for told in ("Bea Buyer", "Weg 1", "10115 Berlin", "copies@marktplatz.example"):
        assert told in page.text
    assert "/tickets/new" not in page.html
    assert page.has_form("orders/order-1")


async def test_support_reads_all_of_it_and_its_look_is_in_the_history(browser: Any, sign_in: Any, transact: Any) -> None:
    sign_in("agent-1", "support", markets=frozenset({"de"}))

    page = await browser.get(PAGE)

    assert page.html.count('class="price"') == 3
    assert "Weg 1" in page.text
    assert "copies@" not in page.text
    assert not page.has_form("orders/order-1")
    assert [(entry.conversation_id, entry.by.id) for entry in transact.tables["history"].values()] == [("order-1", "agent-1")]


async def test_each_finds_their_tickets_about_it(browser: Any, sign_in: Any, transact: Any) -> None:
    ours = a_conversation(id="c-1", about=About(order_id="order-1"))
    theirs = a_conversation(id="c-2", seller_id="seller-2", about=ours.about)
    transact.tables["conversations"] = {"c-1": ours, "c-2": theirs}

    sign_in("buyer-1", "buyer")
    assert {id for id in ("c-1", "c-2") if f'href="/c/{id}"' in (await browser.get(PAGE)).html} == {"c-1", "c-2"}
    sign_in("member-1", "seller", seller_ids=frozenset({"seller-1"}))
    assert {id for id in ("c-1", "c-2") if f'href="/c/{id}"' in (await browser.get(PAGE)).html} == {"c-1"}


async def test_a_refund_is_shown_with_its_amount_and_how_far_it_is(browser: Any, buyer: None, transact: Any) -> None:
    refund = Refund(state=RefundState.PAID, amount_minor=1999, at=NOW)
    transact.tables["orders"]["order-1"] = an_order(lines=(a_line("line-1", refund=refund, carrier="DHL", tracking_id="00340"),))

    page = await browser.get(PAGE)

    assert "Refunded: €19.99, 2 Mar 2026" in page.text
    assert "Parcel: DHL 00340" in page.text


async def test_the_ticket_shows_the_transaction_and_the_refund_and_leads_to_the_order_but_not_by_a_link(
    browser: Any, sign_in: Any, transact: Any
) -> None:
    refund = Refund(state=RefundState.FAILED, amount_minor=1999, at=NOW)
    transact.tables["orders"]["order-1"] = an_order(lines=(a_line("line-1", refund=refund),))
    transact.tables["conversations"] = {"c-1": a_conversation(about=About(order_id="order-1", line_ids=("line-1",)))}

    by_link = await browser.get(browser.link("buyer-1", "buyer", issued_at=datetime.now(UTC).replace(microsecond=0)))
    sign_in("buyer-1", "buyer")
    signed_in = await browser.get("/c/c-1")

    assert (by_link.status, signed_in.status) == (200, 200)
    assert [f'href="{PAGE}"' in page.html for page in (by_link, signed_in)] == [False, True]
    for told in ("tx-1", "The refund failed: €19.99, 2 Mar 2026"):
        assert told in signed_in.text


async def test_a_note_to_the_customer_is_kept_and_the_buyer_reads_it(browser: Any, seller: None, sign_in: Any, transact: Any) -> None:
    page = await browser.get(PAGE)

    sent = await browser.send(page, "orders/order-1", **NOTE)

    assert [each.headers["location"] for each in sent.answer.history] == [f"{PAGE}?done=note#note"]
    assert "Your note has been saved." in sent.text
    assert 'href="/c/' not in sent.html, "the thread of an order's notes is on this page alone until the buyer writes"
    assert notes(transact) == [("public", "availability", "The lid comes on Friday.")]
    sign_in("buyer-1", "buyer")
    assert "The lid comes on Friday." in (await browser.get(PAGE)).text


async def test_a_private_note_needs_no_topic_and_stays_with_shop_and_support(
    browser: Any, seller: None, sign_in: Any, transact: Any
) -> None:
    sent = await browser.send(await browser.get(PAGE), "orders/order-1", **{**NOTE, "to_customer": "no", "topic": ""})

    assert "Private: the buyer does not see this" in sent.text
    assert notes(transact) == [("internal", "other", "The lid comes on Friday.")]
    sign_in("buyer-1", "buyer")
    assert "The lid comes on Friday." not in (await browser.get(PAGE)).text


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"to_customer": ""}, 422, "Please choose who reads it."),
        ({"topic": ""}, 422, "Please choose a topic."),
        ({"topic": "gossip"}, 422, "Please choose a topic."),
        ({"topic": "shipping"}, 422, "The marketplace itself writes about this topic."),
        ({"text": ""}, 422, "Please write something."),
        ({"form": "forged"}, 409, "Please send it once more"),
    ],
    ids=str,
)
async def test_a_note_that_cannot_be_taken_is_told_and_kept(
    browser: Any, seller: None, transact: Any, changes: dict[str, str], status: int, told: str
) -> None:
    back = await browser.send(await browser.get(PAGE), "orders/order-1", **{**NOTE, **changes})

    assert back.status == status
    assert told in back.text
    assert ('aria-invalid="true"' in back.html) is (status == 422)
    kept = back.form("orders/order-1").fields
    assert kept["text"] == changes.get("text", NOTE["text"])
    assert notes(transact) == []
    await browser.send(back, "orders/order-1", **NOTE)
    assert len(notes(transact)) == 1


async def test_a_reserved_topic_is_offered_only_where_it_is_an_answer(browser: Any, seller: None, transact: Any) -> None:
    assert 'value="shipping"' not in (await browser.get(PAGE)).html
    transact.tables["conversations"] = {"c-1": a_conversation(about=About(order_id="order-1"))}

    page = await browser.get(PAGE)
    assert 'value="shipping"' in page.html
    assert (await browser.send(page, "orders/order-1", **{**NOTE, "topic": "shipping"})).status == 200


async def test_long_after_the_order_the_shop_writes_for_itself_alone(browser: Any, seller: None, transact: Any) -> None:
    page = await browser.get(PAGE)
    transact.tables["orders"]["order-1"] = an_order(state=OrderState.COMPLETED, completed_at=NOW - timedelta(days=31))

    back = await browser.send(page, "orders/order-1", **NOTE)

    assert (back.status, back.form("orders/order-1").fields["text"]) == (403, NOTE["text"])
    assert "You can write to a buyer only about an open or recent order." in back.text
    assert " disabled> The buyer, too" in back.html
    assert (await browser.send(back, "orders/order-1", **{**NOTE, "to_customer": "no"})).status == 200
    assert [reader for reader, _, _ in notes(transact)] == ["internal"]


async def test_somebody_with_two_shops_in_it_says_for_which(browser: Any, sign_in: Any, transact: Any) -> None:
    sign_in("member-1", "seller", seller_ids=frozenset({"seller-1", "seller-2"}))
    page = await browser.get(PAGE)

    back = await browser.send(page, "orders/order-1", **NOTE)
    assert (back.status, "Please choose the shop." in back.text) == (422, True)

    await browser.send(back, "orders/order-1", seller_id="seller-2")
    assert [it.seller_id for it in transact.tables["conversations"].values()] == ["seller-2"]


@pytest.mark.parametrize(
    ("who", "claims", "reads", "writes"),
    [
        (("buyer-1", "buyer"), {}, 200, 403),
        (("buyer-9", "buyer"), {}, 404, 404),
        (("member-9", "seller"), {"seller_ids": frozenset({"seller-9"})}, 404, 404),
        (("agent-1", "support"), {"markets": frozenset({"de"})}, 200, 403),
        (("agent-9", "support"), {"markets": frozenset({"fr"})}, 404, 404),
        (("sam", "oncall"), {}, 403, 403),
    ],
    ids=str,
)
async def test_who_reads_it_and_who_writes_there(
    browser: Any, sign_in: Any, who: tuple[str, str], claims: dict[str, Any], reads: int, writes: int
) -> None:
    sign_in(*who, **claims)

    found = (await browser.get(PAGE)).status, (await browser.http.post(PAGE, data=NOTE)).status_code

    assert found == (reads, writes)


@pytest.mark.parametrize("id", ["#4711", "Bestellung 17", "50%", "?state=open", "订单-1"])
async def test_whatever_an_order_is_called_its_page_is_found_again_after_the_sign_in(
    browser: Any, sign_in: Any, transact: Any, id: str
) -> None:
    transact.tables["orders"][id] = an_order(id=id)
    address = page_of(id)
    [leading] = [unescape(each) for each in (await browser.get(address)).html.split('"') if each.startswith("https://shop.example/sign-in")]
    [back] = parse_qs(urlsplit(leading).query)["return_to"]
    assert back.endswith(address)
    sign_in("buyer-1", "buyer")

    assert "Order 4711" in (await browser.get(back)).text
