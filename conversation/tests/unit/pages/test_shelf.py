"""The pages of reply templates: a shop and support keep, change and remove their own by forms alone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from parley_chassis.principal import Principal
from parley_chassis.testing.english import english_in
from parley_conversation.domain.templates import MOST_OF_AN_OWNER, Owner, ReplyTemplate
from parley_conversation.testing.builders import a_conversation

Headers = dict[str, str]
NEW = {"title": "On its way", "text": "Your parcel is on its way.", "language": "en"}


@pytest.fixture
def seller(issuer: Any) -> Headers:
    return dict(issuer.bearer("member-1", "seller", seller_ids=["seller-1"], locale="en"))


@pytest.fixture
def keep(transact: Any) -> Callable[..., None]:
    """Puts a template of the shop, or of another owner, there."""

    def put(id: str = "t-1", owner: Owner = Owner(seller_id="seller-1"), **changes: Any) -> None:
        template = ReplyTemplate(**{"id": id, "owner": owner, "title": "Sent", "text": "It is sent.", "language": "en", **changes})
        transact.tables.setdefault("reply_templates", {})[id] = template

    return put


def kept(transact: Any) -> list[tuple[str, str, str | None]]:
    return [(each.title, each.text, each.language) for each in transact.tables.get("reply_templates", {}).values()]


async def test_a_template_is_kept_changed_and_removed_by_forms(browser: Any, transact: Any, seller: Headers) -> None:
    empty = await browser.get("/reply-templates", headers=seller)
    assert "There is none yet." in empty.text

    listed = await browser.send(empty, "reply-templates", headers=seller, **NEW)
    assert (listed.status, kept(transact)) == (200, [tuple(NEW.values())])
    assert "The template has been saved." in listed.text
    assert "Your parcel is on its way." in listed.text

    (id,) = transact.tables["reply_templates"]
    page = await browser.get(f"/reply-templates/{id}", headers=seller)
    listed = await browser.send(page, id, headers=seller, **NEW | {"title": "Sent"})
    assert (listed.status, kept(transact)) == (200, [("Sent", NEW["text"], "en")])

    listed = await browser.send(page, "remove", headers=seller)
    assert (listed.status, kept(transact)) == (200, [])
    assert "The template has been removed." in listed.text


async def test_a_form_that_is_sent_twice_acts_once(browser: Any, transact: Any, keep: Any, seller: Headers) -> None:
    page = await browser.get("/reply-templates", headers=seller)
    for _ in range(2):
        assert (await browser.send(page, "reply-templates", headers=seller, **NEW)).status == 200
    assert kept(transact) == [tuple(NEW.values())]

    (id,) = transact.tables["reply_templates"]
    page = await browser.get(f"/reply-templates/{id}", headers=seller)
    for _ in range(2):
        assert (await browser.send(page, "remove", headers=seller)).status == 200, "and who clicks twice is not told that it is not there"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": " \n "}, "Please write something."),
        ({"title": "x" * 101}, "at most 100 characters"),
        ({"text": "\t"}, "Please write something."),
        ({"text": "x" * 10_001}, "at most 10000 characters"),
    ],
)
async def test_what_must_be_changed_is_said_and_nothing_is_lost(
    browser: Any, transact: Any, keep: Any, seller: Headers, fields: dict[str, str], told: str
) -> None:
    keep()
    for address, command in (("/reply-templates", "reply-templates"), ("/reply-templates/t-1", "t-1")):
        page = await browser.get(address, headers=seller)

        back = await browser.send(page, command, headers=seller, **NEW | fields)

        assert back.status == 422
        assert told in back.text
        assert back.html.count('aria-invalid="true"') == 1
        kept_text = fields.get("text", NEW["text"]).strip()
        assert back.form(command).fields["text"] == kept_text
        assert f'value="{fields.get("title", NEW["title"]).strip()}"' in back.html
        assert '<option value="en" selected>' in back.html
        assert back.form(command).fields["key"] == page.form(command).fields["key"]
    assert kept(transact) == [("Sent", "It is sent.", "en")]


async def test_a_title_is_one_line_and_what_browsers_add_is_mended(browser: Any, transact: Any, seller: Headers) -> None:
    page = await browser.get("/reply-templates", headers=seller)

    await browser.send(page, "reply-templates", headers=seller, title=" On\tits \x07way ", text=" One\r\nTwo\x00 ", language="no such")

    assert kept(transact) == [("On its way", "One\nTwo", None)]


async def test_each_sees_and_changes_their_own(browser: Any, keep: Any, seller: Headers, support: Headers, buyer: Headers) -> None:
    keep(title="Of the shop")
    keep("t-2", Owner(market="de"), title="Of support")
    keep("t-3", Owner(seller_id="seller-2"), title="Of another shop")

    shown = [(await browser.get("/reply-templates", headers=who)).text for who in (seller, support)]

    titles = ("Of the shop", "Of support", "Of another shop")
    assert [[title in text for title in titles] for text in shown] == [[True, False, False], [False, True, False]]
    for address in ("/reply-templates/t-2", "/reply-templates/not-there"):
        assert (await browser.get(address, headers=seller)).status == 404
        for action in (address, f"{address}/remove"):
            assert (await browser.http.post(action, data=NEW, headers=seller)).status_code == 404
            assert (await browser.http.post(action, headers=seller)).status_code == 404
    assert (await browser.get("/reply-templates", headers=buyer)).status == 403
    assert (await browser.get("/reply-templates")).status == 401


async def test_who_works_for_several_says_for_whom(browser: Any, transact: Any, issuer: Any, keep: Any) -> None:
    both = issuer.bearer("member-1", "seller", "support", seller_ids=["seller-1", "seller-9"], markets=["de"], locale="en")
    keep()
    page = await browser.get("/reply-templates", headers=both)
    assert re.findall(r'<option value="((?:seller|market):[^"]*)">(.*?)</option>', page.html) == [
        ("seller:seller-1", "Sellers &amp; Co"),
        ("seller:seller-9", "seller-9"),
        ("market:de", "Marktplatz Support"),
    ]
    assert "English · Sellers &amp; Co" in page.text

    for owner in ("", "seller:seller-2"):
        back = await browser.send(page, "reply-templates", headers=both, owner=owner, **NEW)
        assert (back.status, "Please choose again" in back.text) == (422, True)
    await browser.send(back, "reply-templates", headers=both, owner="market:de", **NEW)

    assert [each.owner for each in transact.tables["reply_templates"].values()] == [Owner(seller_id="seller-1"), Owner(market="de")]


async def test_there_is_a_most(browser: Any, keep: Any, seller: Headers) -> None:
    for n in range(MOST_OF_AN_OWNER):
        keep(f"t-{n}")
    page = await browser.get("/reply-templates", headers=seller)

    back = await browser.send(page, "reply-templates", headers=seller, **NEW)

    assert (back.status, "There are 200 already. Please remove one" in back.text) == (422, True)


async def test_a_language_that_no_page_speaks_stays(browser: Any, transact: Any, keep: Any, seller: Headers) -> None:
    keep(language="pt-BR")
    page = await browser.get("/reply-templates/t-1", headers=seller)
    assert '<option value="pt-BR" selected>Portuguese</option>' in page.html

    await browser.send(page, "t-1", headers=seller, title="Sent", text="Foi enviado.", language="pt-BR")

    assert kept(transact) == [("Sent", "Foi enviado.", "pt-BR")]


async def test_another_page_cannot_send_for_who_is_signed_in_by_a_cookie(
    browser: Any, app: Any, transact: Any, keep: Any, clock: Any
) -> None:
    keep()
    who = Principal("member-1", "seller", seller_ids=frozenset({"seller-1"}), roles=frozenset({"seller"}), language="en")
    sessions = app.state.sessions
    browser.http.cookies.set(sessions.cookie_name, sessions.cookie(who))
    pages = {address: await browser.get(address) for address in ("/reply-templates", "/reply-templates/t-1")}

    for address, command in (("/reply-templates", "reply-templates"), ("/reply-templates/t-1", "t-1"), ("/reply-templates/t-1", "remove")):
        forged = await browser.send(pages[address], command, **NEW, form="x")
        assert (forged.status, "Please send it once more" in forged.text) == (409, True)
        elsewhere = await browser.send(pages[address], command, headers={"sec-fetch-site": "cross-site"}, **NEW)
        assert elsewhere.status == 409
    assert kept(transact) == [("Sent", "It is sent.", "en")]
    assert (await browser.send(pages["/reply-templates"], "reply-templates", **NEW)).status == 200


async def test_the_templates_are_a_click_away_for_whom_they_are(browser: Any, place: Any, seller: Headers, buyer: Headers) -> None:
    place(a_conversation())
    way = '<a href="/reply-templates">'

    assert [way in (await browser.get("/board", headers=who)).html for who in (seller, buyer)] == [True, False]
    assert way in (await browser.get("/c/c-1", headers=seller)).html


async def test_those_in_the_buyers_language_are_offered_first(browser: Any, place: Any, keep: Any, seller: Headers) -> None:
    for n, language in enumerate(("en", None, "de-AT", "fr")):
        keep(f"t-{n}", title=f"In {language}", language=language)
    place(a_conversation(language="de"))

    page = await browser.get("/c/c-1", headers=seller)

    offered = re.findall(r'<li><a href="/c/c-1\?template=[^"]*">(.*?)</a>(.*?)</li>', page.html)
    assert offered == [
        ("In de-AT", " <small>German</small>"),
        ("In en", " <small>English</small>"),
        ("In None", ""),
        ("In fr", " <small>French</small>"),
    ]


async def test_what_is_kept_is_text_and_never_markup(browser: Any, keep: Any, seller: Headers) -> None:
    hostile = "<script>alert(1)</script>\"'>{{ 7*7 }}"
    keep(title=hostile, text=hostile)

    for address in ("/reply-templates", "/reply-templates/t-1"):
        page = await browser.get(address, headers=seller)
        assert "<script" not in page.html
        assert "{{ 7*7 }}" in page.html


@pytest.mark.parametrize("language", ["de", "it", "fr", "zh"])
async def test_no_english_is_left_on_the_pages_in_another_language(browser: Any, keep: Any, issuer: Any, language: str) -> None:
    who = issuer.bearer("member-1", "seller", "support", seller_ids=["seller-1"], markets=["de"], locale=language)
    pages = [await browser.get("/reply-templates?done=saved", headers=who)]
    keep(title="x", text="x")
    pages += [await browser.get(address, headers=who) for address in ("/reply-templates?done=removed", "/reply-templates/t-1")]
    pages.append(await browser.send(pages[0], "reply-templates", headers=who, title="", text=""))

    for page in pages:
        assert page.status in (200, 422)
        assert english_in(re.sub(r"Sellers &amp; Co|Marktplatz", "", page.text)) == set()
