"""Somebody asks from a page of the shop: with an account, or as a guest whose address nobody sees."""

from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from inquiries.pages import PACKAGE
from parley_chassis.pages.site import LANGUAGES, METHODS
from parley_chassis.testing.english import english_in
from parley_chassis.texts import extract, faults, read_catalogue
from parley_conversation.domain.words import Kind
from PIL import Image

STORE = {"product_id": None, "product_title": None, "url": None}
ZOE = {"name": "Zoë", "email": "zoe@example.org", "language": "it", "text": "Does it dim?"}


def asked(transact: Any) -> list[tuple[str, str, str, str]]:
    """Of each inquiry: its kind, its shop, its language, and what was written."""
    texts = {place[0]: posted.message.text for place, posted in transact.tables.get("messages", {}).items()}
    inquiries = transact.tables.get("conversations", {}).values()
    return [(it.kind, it.seller_id, it.language, texts[it.id]) for it in inquiries]


@pytest.fixture
def png() -> bytes:
    written = BytesIO()
    Image.new("RGB", (8, 6), "green").save(written, "PNG")
    return written.getvalue()


async def test_a_buyer_asks_about_the_product_and_comes_to_the_inquiry(
    browser: Any, sign_in: Any, form: Any, transact: Any, png: bytes
) -> None:
    sign_in("buyer-1", "buyer")
    page = await browser.get(form())
    assert "Question about a product" in page.text
    assert '<a href="https://shop.example/lamp" rel="noopener noreferrer">Desk lamp</a>' in page.html
    assert 'name="email"' not in page.html

    sent = await browser.send(page, "new", text="Does it dim?", files={"lamp.png": png})

    [id] = transact.tables["conversations"]
    assert [(each.status_code, each.headers["location"]) for each in sent.answer.history] == [(303, f"/c/{id}")]
    assert asked(transact) == [(Kind.PRODUCT_INQUIRY, "seller-1", "en", "Does it dim?")]
    assert [len(posted.message.images) for posted in transact.tables["messages"].values()] == [1]


async def test_without_a_product_it_is_about_the_shop(browser: Any, sign_in: Any, form: Any, transact: Any) -> None:
    sign_in("buyer-1", "buyer")
    page = await browser.get(form(**STORE))
    assert "Question to the shop" in page.text
    assert 'href="https://shop.example/shops/seller-1"' in page.html

    await browser.send(page, "new", text="Do you ship to Austria?")

    assert [kind for kind, *_ in asked(transact)] == [Kind.STORE_INQUIRY]


async def test_a_guest_asks_and_is_told_to_look_into_the_mail(browser: Any, form: Any, transact: Any) -> None:
    page = await browser.get(form())
    assert "Question sur un article" in page.text, "a guest reads what the browser says"
    assert page.form("new").fields["language"] == "fr"
    assert 'type="file"' not in page.html

    sent = await browser.send(page, "new", **ZOE)

    assert (sent.status, "zoe@example.org" in sent.text) == (200, True)
    assert "La Sua domanda è stata inviata" in sent.text, "and then what they chose"
    [(id, inquiry)] = transact.tables["conversations"].items()
    assert id not in sent.html, "an address that was typed in proves nothing"
    assert inquiry.language == "it"
    [(guest, _)] = transact.tables["guests"].values()
    assert (guest.name, guest.email) == ("Zoë", "zoe@example.org")
    assert (await browser.get(f"/c/{id}")).status == 401


async def test_a_form_that_is_sent_twice_asks_once(browser: Any, form: Any, transact: Any) -> None:
    page = await browser.get(form())

    answers = [await browser.send(page, "new", **ZOE) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len(asked(transact)) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text": ""}, "Scriva qualcosa."),
        ({"name": " "}, "Scriva il Suo nome"),
        ({"name": "<b>"}, "Scriva il Suo nome"),
        ({"email": "zoe"}, "Scriva un indirizzo e-mail"),
        ({"email": "zoe@example.org, all@example.org"}, "Scriva un indirizzo e-mail"),
        ({"language": "tlh"}, "Veuillez choisir une langue."),
    ],
    ids=str,
)
async def test_what_a_guest_must_change_is_told_beside_the_field_and_the_rest_is_kept(
    browser: Any, form: Any, transact: Any, changes: dict[str, str], told: str
) -> None:
    back = await browser.send(await browser.get(form()), "new", **{**ZOE, **changes})

    assert back.status == 422
    assert told in back.text
    assert 'aria-invalid="true"' in back.html
    assert "<b>" not in back.html
    kept = back.form("new").fields
    assert {name: kept[name] for name in ZOE if name not in changes} == {name: ZOE[name] for name in ZOE if name not in changes}
    assert asked(transact) == []
    await browser.send(back, "new", **ZOE)
    assert len(asked(transact)) == 1


async def test_a_guest_who_asks_too_often_is_told_to_wait_and_keeps_the_text(browser: Any, form: Any, transact: Any) -> None:
    for number in range(3):
        await browser.send(await browser.get(form()), "new", **{**ZOE, "text": f"Question {number}"})

    back = await browser.send(await browser.get(form()), "new", **ZOE)

    assert (back.status, back.form("new").fields["text"]) == (429, "Does it dim?")
    assert len(asked(transact)) == 3


async def test_whose_sign_in_ends_while_they_write_asks_as_a_guest_without_the_images_of_the_account(
    browser: Any, sign_in: Any, form: Any, transact: Any, png: bytes
) -> None:
    sign_in("buyer-1", "buyer")
    half = await browser.send(await browser.get(form()), "new", text="", files={"lamp.png": png})
    assert half.form("new").fields["attachments"]
    browser.http.cookies.clear()

    as_guest = await browser.send(half, "new", text="Does it dim?")
    assert (as_guest.status, as_guest.form("new").fields["text"]) == (422, "Does it dim?")
    sent = await browser.send(half, "new", **ZOE)

    assert sent.status == 200
    assert [shop for _, shop, *_ in asked(transact)] == ["seller-1"]


async def test_images_of_a_guest_are_not_even_drawn(browser: Any, form: Any, transact: Any, png: bytes) -> None:
    sent = await browser.send(await browser.get(form()), "new", **ZOE, files={"lamp.png": png})

    assert sent.status == 200
    assert transact.tables.get("images", {}) == {}


async def test_only_who_is_signed_in_sends_what_is_as_large_as_images(browser: Any, sign_in: Any, form: Any, transact: Any) -> None:
    large, page = {"lamp.png": b"x" * 300_000}, await browser.get(form())

    async def in_pieces() -> Any:
        yield b"text=Hello"

    assert (await browser.send(page, "new", **ZOE, files=large)).status == 413
    assert (await browser.http.post(form(), content=in_pieces())).status_code == 413
    sign_in("buyer-1", "buyer")
    told = await browser.send(await browser.get(form()), "new", text="Like this one?", files=large)
    assert (told.status, "This file is no image" in told.text) == (422, True)
    assert asked(transact) == []


@pytest.mark.parametrize(
    "claims",
    [{"lifetime": -60}, {"aud": "parley-session"}, {"lifetime": 8 * 86_400}, {"seller_id": None}, {"market": "mars"}],
    ids=str,
)
async def test_a_page_that_the_shop_does_not_sign_or_no_more_asks_nothing_and_loses_nothing(
    browser: Any, form: Any, transact: Any, claims: dict[str, Any]
) -> None:
    good = await browser.get(form())
    bad = form(**claims)
    assert ((await browser.get(bad)).status, (await browser.get("/questions/new")).status) == (422, 422)

    answer = await browser.http.post(bad, data={**good.form("new").fields, **ZOE})

    assert answer.status_code == 422
    assert "Veuillez recharger la page" in answer.text
    assert "Does it dim?</textarea>" in answer.text
    assert asked(transact) == []


async def test_a_shop_cannot_ask_itself_and_support_asks_nobody(browser: Any, sign_in: Any, form: Any, transact: Any) -> None:
    for who, claims in (
        (("member-1", "seller"), {"seller_ids": frozenset({"seller-1"})}),
        (("agent-1", "support"), {"markets": frozenset({"de"})}),
        (("sam", "oncall"), {}),
    ):
        sign_in(*who, **claims)
        assert (await browser.get(form())).status == 403
        assert (await browser.http.post(form(), data=ZOE)).status_code == 403

    sign_in("member-1", "seller", seller_ids=frozenset({"seller-1"}))
    await browser.send(await browser.get(form(seller_id="seller-2")), "new", text="Do you sell to shops?")
    assert [shop for _, shop, *_ in asked(transact)] == ["seller-2"]


async def test_a_form_of_a_stranger_asks_nothing_for_who_is_signed_in(browser: Any, sign_in: Any, form: Any, transact: Any) -> None:
    sign_in("buyer-1", "buyer")

    back = await browser.send(await browser.get(form()), "new", text="Spam", form="forged")

    assert (back.status, back.form("new").fields["text"]) == (409, "Spam")
    assert asked(transact) == []


async def test_a_guest_with_an_account_signs_in_at_the_shop_and_comes_back_to_the_question(
    browser: Any, form: Any, site: Any, shop: Any
) -> None:
    address = form()
    page = await browser.get(address)
    [leading] = [unescape(each) for each in page.html.split(chr(34)) if each.startswith("https://shop.example/sign-in")]
    [back] = parse_qs(urlsplit(leading).query)["return_to"]
    signed = shop.token(["parley-session", "https://ask.example.com"], lifetime=60, sub="buyer-1", jti="click-1", roles=["buyer"])

    answer = await browser.http.post("/session", data={"token": signed, "return_to": back}, headers={"origin": "https://shop.example"})

    assert (answer.status_code, answer.headers["location"]) == (303, address)
    assert 'name="email"' not in (await browser.get(answer.headers["location"])).html


async def test_what_stands_in_a_token_is_text_and_nothing_else(browser: Any, form: Any) -> None:
    page = await browser.get(form(product_title="<script>alert(1)</script>"))

    assert page.status == 200
    assert "<script" not in page.html


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_of_the_pages_is_there_in_each_language(language: str) -> None:
    catalogue = read_catalogue(PACKAGE / "locales" / f"{language}.po")

    assert faults(catalogue, extract(PACKAGE, METHODS)) == [], "run python -m parley_chassis.pages.extracting inquiries, then translate"
    assert english_in(" ".join(str(message.string) for message in catalogue if message.id)) == set()
