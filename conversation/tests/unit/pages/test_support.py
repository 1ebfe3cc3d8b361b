"""What support does on the page of a conversation, signed in."""

from typing import Any

import pytest
from parley_conversation.domain.content import ContentPolicy
from parley_conversation.domain.templates import Owner, ReplyTemplate
from parley_conversation.domain.words import Role, State, Verdict, Violation, Visibility
from parley_conversation.testing.builders import a_conversation, a_message, an_act
from parley_conversation.testing.issuer import Issuer


async def test_support_that_is_signed_in_acts_on_the_same_page(browser: Any, place: Any, transact: Any, issuer: Issuer) -> None:
    place(a_conversation(State.AWAITING_SUPPORT))
    headers = issuer.bearer("agent-1", "support", markets=["de"], locale="en")
    page = await browser.get("/c/c-1", headers=headers)
    assert "Your answer" in page.text

    for command, fields in (("acknowledge", {}), ("note", {"text": "Note"}), ("hand-back", {"text": "Please answer"})):
        page = await browser.send(page, command, headers=headers, **fields)
        assert page.status == 200, page.text

    assert transact.tables["conversations"]["c-1"].state is State.AWAITING_SELLER
    assert [posted.message.visibility for posted in transact.tables["messages"].values()] == [Visibility.BACKSTAGE] * 2


async def test_support_ends_what_is_closed_for_good(browser: Any, place: Any, transact: Any, support: dict[str, str]) -> None:
    place(a_conversation(State.CLOSED))
    page = await browser.get("/c/c-1", headers=support)

    back = await browser.send(page, "finalise", headers=support, reason="")
    assert back.status == 422
    page = await browser.send(back, "finalise", headers=support, reason="spam")

    assert transact.tables["conversations"]["c-1"].state is State.FINAL
    assert not page.has("finalise")


@pytest.mark.parametrize(
    ("state", "agent", "offered"),
    [
        (State.AWAITING_SUPPORT, None, "acknowledge"),
        (State.AWAITING_SUPPORT, "agent-2", "take-over"),
        (State.AWAITING_SUPPORT, "agent-1", None),
        (State.AWAITING_SELLER, None, "take-over"),
        (State.CLOSED, None, None),
    ],
)
async def test_support_has_one_button_to_make_it_theirs(
    browser: Any, place: Any, support: dict[str, str], state: State, agent: str | None, offered: str | None
) -> None:
    place(a_conversation(state, agent_id=agent))

    page = await browser.get("/c/c-1", headers=support)

    assert [command for command in ("acknowledge", "take-over") if page.has(command)] == ([offered] if offered else [])


async def test_support_alone_sees_what_the_content_policy_found(browser: Any, place: Any, support: dict[str, str]) -> None:
    content = ContentPolicy(verdicts={Violation.LINKS: Verdict.FLAG})
    message = a_message(Role.SELLER, text="See www.shop.example")
    place(a_conversation().reply(message, an_act(Role.SELLER, content=content)))

    assert "The content policy found: a link elsewhere" in (await browser.get("/c/c-1", headers=support)).text
    assert "content policy" not in (await browser.open("buyer-1", "buyer")).text


async def test_support_removes_a_message(browser: Any, place: Any, support: dict[str, str]) -> None:
    place(a_conversation().reply(a_message(Role.SELLER, text="Write to me at home"), an_act(Role.SELLER)))
    page = await browser.get("/c/c-1", headers=support)

    back = await browser.send(page, "remove-message", headers=support, message_id="", reason="spam")
    assert (back.status, "Write to me" in back.text) == (422, True)
    page = await browser.send(page, "remove-message", headers=support, message_id="m-2", reason="spam")

    assert "This message was removed." in page.text
    assert "Write to me" not in page.text


async def test_a_template_stands_in_the_form_of_whom_it_is_for(
    browser: Any, place: Any, transact: Any, support: dict[str, str], seller: dict[str, str]
) -> None:
    place(a_conversation(State.AWAITING_SUPPORT))
    mine = ReplyTemplate(id="t-1", owner=Owner(market="de"), title="Greeting & more", text="Hello <you>,\nwe look into it.")
    theirs = ReplyTemplate(id="t-2", owner=Owner(seller_id="seller-1"), title="Sent", text="It is sent.")
    transact.tables["reply_templates"] = {each.id: each for each in (mine, theirs)}

    page = await browser.get("/c/c-1?template=t-1", headers=support)

    assert "Greeting &amp; more" in page.html
    assert "Sent" not in page.text
    assert "we look into it." in page.form("reply").fields["text"]
    assert "we look into it." not in (await browser.get("/c/c-1?template=t-1", headers=seller)).html
    # The link of a mail is not a sign-in: what a shop keeps for itself is not behind it.
    assert "It is sent." not in (await browser.get(browser.link("member-1", "seller"))).html


@pytest.mark.parametrize("visibility", ["backstage", "internal"])
async def test_a_note_is_for_both_sides_or_for_ones_own(
    browser: Any, place: Any, transact: Any, support: dict[str, str], seller: dict[str, str], visibility: str
) -> None:
    for who in (seller, support):
        place(a_conversation(State.AWAITING_SUPPORT))
        transact.tables.pop("messages", None)
        page = await browser.get("/c/c-1", headers=who)
        assert page.form("note").fields["visibility"] == "backstage", "what nobody thought about reaches who may need it"

        await browser.send(page, "note", headers=who, text="It was the courier.", visibility=visibility)

        assert [each.message.visibility.value for each in transact.tables["messages"].values()] == [visibility]


async def test_a_note_cannot_be_made_for_the_buyer(browser: Any, place: Any, transact: Any, support: dict[str, str]) -> None:
    place(a_conversation(State.AWAITING_SUPPORT))
    page = await browser.get("/c/c-1", headers=support)

    back = await browser.send(page, "note", headers=support, text="It was the courier.", visibility="public")

    assert back.status == 422
    assert "messages" not in transact.tables or not transact.tables["messages"]
    assert back.form("note").fields["text"] == "It was the courier."
