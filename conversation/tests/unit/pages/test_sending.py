"""What is sent from a page is done once, or comes back with what to change and nothing lost."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from parley_chassis.links import LinkClaims
from parley_conversation.domain.words import EscalationReason, Role, Side, State, Visibility, WaivedBecause
from parley_conversation.testing.builders import NOW, a_conversation, a_message, an_act

TEXT = "Der Käufer schreibt:\n\n  eingerückt, mit <b>Zeichen</b> & Leerzeilen."


def now(transact: Any) -> Any:
    """The conversation as it is now."""
    return transact.tables["conversations"]["c-1"]


def written(transact: Any) -> list[str]:
    """The texts of its messages."""
    return [posted.message.text for posted in transact.tables.get("messages", {}).values()]


async def test_a_reply_is_kept_and_the_page_comes_back_by_a_redirect(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation())
    page = await browser.open("member-1", "seller")

    sent = await browser.send(page, "reply", text=TEXT.replace("\n", "\r\n"))

    assert [(each.status_code, each.headers.get("location")) for each in sent.answer.history] == [(303, "/c/c-1?done=reply#answer")]
    assert "Ihre Nachricht wurde gesendet." in sent.text
    assert written(transact) == [TEXT]
    assert now(transact).state is State.AWAITING_BUYER
    assert transact.published()[0].cause.startswith("command:")


async def test_a_form_that_is_sent_twice_is_done_once(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation())
    page = await browser.open("member-1", "seller")

    answers = [await browser.send(page, "reply", text="Hallo") for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert written(transact) == ["Hallo"]


async def test_a_spent_key_with_another_text_is_refused_once_and_the_text_is_kept(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation())
    page = await browser.open("member-1", "seller")
    await browser.send(page, "reply", text="Hallo")

    again = await browser.send(page, "reply", text="Hallo noch einmal")

    assert again.status == 422
    assert again.form("reply").fields["text"] == "Hallo noch einmal"
    await browser.send(again, "reply")
    assert written(transact) == ["Hallo", "Hallo noch einmal"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Bitte schreiben Sie etwas."),
        (" \r\n\t ", "Bitte schreiben Sie etwas."),
        ("\x00\x07", "Bitte schreiben Sie etwas."),
        ("ä" * 10_001, "Höchstens 10000 Zeichen"),
    ],
)
async def test_what_cannot_be_taken_is_told_and_kept(browser: Any, place: Any, transact: Any, text: str, told: str) -> None:
    place(a_conversation())

    back = await browser.send(await browser.open("member-1", "seller"), "reply", text=text)

    assert back.status == 422
    assert told in back.text
    assert 'aria-invalid="true"' in back.html
    assert back.form("reply").fields["text"] == text.strip(" \r\n\t\x00\x07")
    assert written(transact) == []


async def test_ten_thousand_letters_fit(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation())

    assert (await browser.send(await browser.open("member-1", "seller"), "reply", text="字" * 10_000)).status == 200
    assert len(written(transact)[0]) == 10_000


async def test_what_a_browser_adds_is_mended(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation())

    await browser.send(await browser.open("member-1", "seller"), "reply", text="\r\n1\tone\r2\x0btwo\u200d👩‍🚀\r\n\r\n")

    assert written(transact) == ["1    one\n2two\u200d👩‍🚀"]


async def test_a_seller_answers_and_closes_with_the_second_button(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation())
    page = await browser.open("member-1", "seller")
    form = page.form("reply")
    assert 'formaction="/c/c-1/reply-and-close#answer"' in page.html

    answer = await browser.http.post("/c/c-1/reply-and-close", data={**form.fields, "text": "Erledigt"}, follow_redirects=True)

    assert now(transact).state is State.CLOSED
    assert "Ihre Nachricht wurde gesendet, und das Gespräch ist geschlossen." in answer.text


async def test_the_buyer_closes_and_reopens_without_a_word(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation(State.AWAITING_BUYER))

    closed = await browser.send(await browser.open("buyer-1", "buyer"), "close")
    assert now(transact).state is State.CLOSED
    assert "Das Gespräch ist geschlossen." in closed.text

    await browser.send(closed, "reopen")
    assert now(transact).state is State.AWAITING_SELLER
    assert written(transact) == []


async def test_the_buyer_reopens_with_a_message(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation(State.CLOSED))

    await browser.send(await browser.open("buyer-1", "buyer"), "reopen", text="Doch noch nicht")

    assert (now(transact).state, written(transact)) == (State.AWAITING_SELLER, ["Doch noch nicht"])


async def test_a_seller_hands_over_backstage(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation())

    await browser.send(await browser.open("member-1", "seller"), "appeal", text="Bitte übernehmen")

    (posted,) = transact.tables["messages"].values()
    assert (now(transact).escalation, posted.message.visibility) == (EscalationReason.APPEAL, Visibility.BACKSTAGE)
    assert "Bitte übernehmen" not in (await browser.open("buyer-1", "buyer")).text


async def test_no_answer_is_needed_for_a_reason_and_may_close(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation(answered=frozenset({Side.SELLER})))
    page = await browser.open("member-1", "seller")

    back = await browser.send(page, "no-response-needed", reason="", close="yes")
    assert (back.status, "Bitte wählen Sie einen Grund." in back.text) == (422, True)
    assert "checked" in back.html

    await browser.send(back, "no-response-needed", reason=WaivedBecause.THANKS.value, close="yes")
    assert now(transact).state is State.CLOSED


@pytest.mark.parametrize("reason", ["", "because", "solved\x00"])
async def test_a_seller_closes_for_a_reason_from_the_list(browser: Any, place: Any, transact: Any, reason: str) -> None:
    place(a_conversation(State.AWAITING_BUYER))
    page = await browser.open("member-1", "seller")

    back = await browser.send(page, "close", reason=reason)
    assert (back.status, "Bitte wählen Sie einen Grund." in back.text) == (422, True)

    await browser.send(back, "close", reason="solved")
    assert now(transact).state is State.CLOSED


async def test_a_decision_on_an_old_page_is_refused_and_one_looks_again(browser: Any, place: Any, transact: Any) -> None:
    conversation = a_conversation(State.AWAITING_BUYER)
    place(conversation)
    page = await browser.open("buyer-1", "buyer")
    place(conversation.reply(a_message(Role.SELLER, text="Noch etwas"), an_act(Role.SELLER, conversation)))

    back = await browser.send(page, "close")
    assert (back.status, now(transact).state) == (412, State.AWAITING_BUYER)
    assert "Noch etwas" in back.text
    assert "Das hat sich inzwischen geändert." in back.text

    await browser.send(back, "close")
    assert now(transact).state is State.CLOSED


async def test_a_reply_never_comes_too_late_for_what_was_said_meanwhile(browser: Any, place: Any, transact: Any) -> None:
    conversation = a_conversation()
    place(conversation)
    page = await browser.open("buyer-1", "buyer")
    place(conversation.reply(a_message(Role.SELLER, text="Hier"), an_act(Role.SELLER, conversation)))

    assert (await browser.send(page, "reply", text="Danke")).status == 200


async def test_what_the_state_does_not_allow_is_said_on_the_page(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation())
    page = await browser.open("member-1", "seller")
    place(a_conversation(State.CLOSED))

    back = await browser.send(page, "appeal", text="Bitte übernehmen")

    assert (back.status, "Dieses Gespräch ist geschlossen." in back.text) == (409, True)


async def test_by_link_one_can_do_no_more_than_links_may(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation(State.CLOSED))
    page = await browser.open("member-1", "seller")
    fields = {"form": browser.http.cookies.get("parley-link", "")}

    for command in ("reopen", "note", "take-over", "acknowledge", "hand-back", "refund", "rate", "open", "finalise"):
        answer = await browser.http.post(f"/c/c-1/{command}", data={**fields, "text": "x", "stars": "5", "reason": "solved"})
        assert answer.status_code in (403, 404, 409), command
    assert (page.status, transact.published()) == (200, [])


@pytest.mark.parametrize("spoil", ["none", "other cookie", "bits", "cross-site"])
async def test_a_form_that_our_page_did_not_show_changes_nothing_and_loses_no_text(
    browser: Any, place: Any, transact: Any, spoil: str
) -> None:
    place(a_conversation())
    page = await browser.open("buyer-1", "buyer")
    token = page.form("reply").fields["form"]
    if spoil == "other cookie":
        page = await browser.open("member-1", "seller")
    form = {"none": "", "other cookie": token, "bits": token[:-2] + "xx", "cross-site": token}[spoil]

    back = await browser.send(
        page, "reply", text="Wichtig", form=form, headers={"sec-fetch-site": "cross-site"} if spoil == "cross-site" else None
    )

    assert (back.status, transact.published()) == (409, [])
    assert back.form("reply").fields["text"] == "Wichtig"
    assert "Bitte senden Sie es noch einmal" in back.text


async def test_without_a_cookie_nothing_can_be_sent(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation())
    page = await browser.open("buyer-1", "buyer")
    browser.http.cookies.clear()

    assert (await browser.send(page, "reply", text="x")).status == 401
    assert transact.published() == []


async def test_a_cookie_that_grew_old_while_one_wrote_sends_nothing(browser: Any, place: Any, transact: Any, clock: Any) -> None:
    place(a_conversation())
    page = await browser.open("buyer-1", "buyer")
    clock.now = NOW + timedelta(hours=8)

    assert (await browser.send(page, "reply", text="x")).status == 410
    assert transact.published() == []


HOSTILE: list[dict[str, Any]] = [
    {"content": b"\xff\xfe=\xff&text=%ff%fe", "headers": {"content-type": "application/x-www-form-urlencoded"}},
    {"content": b"text=" + b"a" * 300_000, "headers": {"content-type": "application/x-www-form-urlencoded"}},
    {"content": b"&".join(b"a=1" for _ in range(5000)), "headers": {"content-type": "application/x-www-form-urlencoded"}},
    {"content": b"nonsense", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    {"content": b"text=1", "headers": {"content-type": "multipart/form-data"}},
    {"files": {"text": ("a.txt", b"x" * 100)}},
    {"files": {"text": (None, b"\xff\xfe\x80")}},
    {"json": {"text": "x"}},
    {"data": {"text": ["a", "b"], "version": "-1", "key": "k" * 5000, "form": "\x00"}},
    {"data": {"text": "x", "version": "99999999999999999999", "key": "\u2028"}},
]


@pytest.mark.parametrize("request_", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_forms_get_an_answer_and_change_nothing(browser: Any, place: Any, transact: Any, request_: dict[str, Any]) -> None:
    place(a_conversation())
    await browser.open("buyer-1", "buyer")

    answer = await browser.http.post("/c/c-1/reply", **request_)

    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"].startswith("text/html")
    assert transact.published() == []


async def test_below_a_path_every_address_has_it(service: Any, place: Any) -> None:
    place(a_conversation())
    app = service("https://help.example.com/tickets")
    link = "/l/" + app.state.links.mint(LinkClaims("c-1", "buyer-1", "buyer", NOW))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://help.example.com") as http:
        opened = await http.get(link)
        cookie = opened.headers["set-cookie"].partition(";")[0]
        page = (await http.get("/c/c-1", headers={"cookie": cookie})).text

    assert opened.headers["location"] == "/tickets/c/c-1"
    assert "Path=/tickets/c/c-1;" in opened.headers["set-cookie"]
    assert 'action="/tickets/c/c-1/reply#answer"' in page
    assert 'href="/tickets/assets/' in page
