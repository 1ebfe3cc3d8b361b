"""What a shop may write to a buyer: what a market's policy finds, what it flags, what it refuses, and whose words it judges."""

from dataclasses import replace
from typing import Any

import pytest
from httpx import AsyncClient
from parley_conversation.domain.content import ContentPolicy
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.refusals import Closed, ContentRefused
from parley_conversation.domain.rules import Act
from parley_conversation.domain.turn import Told
from parley_conversation.domain.words import Role, State, Verdict, Violation, Visibility
from parley_conversation.settings import ConversationMarket
from parley_conversation.testing.builders import a_conversation, a_message, an_act
from parley_conversation.testing.doubles import A_MARKET, InMemory, InMemoryTransaction
from pydantic import ValidationError

MARKET: dict[str, Any] = {"id": "de", "name": "Marktplatz", "languages": ["de"], "contact_window": "30d"}


def policy(verdict: Verdict = Verdict.FLAG) -> ContentPolicy:
    return ContentPolicy(
        verdicts=dict.fromkeys(Violation, verdict),
        own_hosts=frozenset({"marktplatz.example", "marktplatz.de"}),
        advertising=("Rabatt", "special offer", "打折"),
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to max.muster+shop@shop.example.", Violation.CONTACT_DETAILS),
        ("Call +49 30 1234567", Violation.CONTACT_DETAILS),
        ("Call 0049 (30) 1234567.", Violation.CONTACT_DETAILS),
        ("Call (0171) 1234567", Violation.CONTACT_DETAILS),
        ("Tel. 030/123 45 67", Violation.CONTACT_DETAILS),
        ("Appelez le 06 12 34 56 78", Violation.CONTACT_DETAILS),
        ("See https://shop.example/offers", Violation.LINKS),
        ("See WWW.SHOP.EXAMPLE", Violation.LINKS),
        ("See my-shop.de, it is cheaper", Violation.LINKS),
        ("See https://marktplatz.example.evil.com/", Violation.LINKS),
        ("See https://a.b.c.marktplatz.example.evil.com", Violation.LINKS),
        ("See https://marktplatz.example。evil.com", Violation.LINKS),
        ("See https://192.0.2.7/offers", Violation.LINKS),
        ("See https://müller.example", Violation.LINKS),
        ("See My-Shop.de", Violation.LINKS),
        ("20 % RABATT!", Violation.ADVERTISING),
        ("A special offer for you", Violation.ADVERTISING),
        ("今天打折。", Violation.ADVERTISING),
    ],
)
def test_what_does_not_belong_is_found(text: str, found: Violation) -> None:
    assert policy().judge(text) == (found,)


@pytest.mark.parametrize(
    "text",
    [
        "Your parcel 00340434161094042557 was sent on 01-02-2026, order 4711, between 08:00 and 10:00.",
        "Delivered on 02.03.2026.Die Rechnung folgt, z.B. morgen.",
        "See https://www.marktplatz.example/orders/4711 or marktplatz.de",
        "See https://www.a.b.c.d.marktplatz.example:443, or https://marktplatz.example.",
        "请看 https://marktplatz.example。谢谢",
        "Rabattmarken are no longer wholesale.",
        "尺寸是 30 x 40 厘米。",
    ],
)
def test_what_belongs_to_an_answer_is_let_through(text: str) -> None:
    assert policy().judge(text) == ()


def test_all_that_is_refused_is_named_and_what_is_allowed_is_not_looked_for() -> None:
    mixed = replace(policy(Verdict.REFUSE), verdicts={Violation.LINKS: Verdict.REFUSE, Violation.ADVERTISING: Verdict.REFUSE})

    with pytest.raises(ContentRefused) as refused:
        mixed.judge("Rabatt: www.shop.example, max@shop.example")

    assert refused.value.violations == (Violation.LINKS, Violation.ADVERTISING)
    assert mixed.judge("max@shop.example") == ()


TO_THE_BUYER = {
    "reply": (State.AWAITING_SELLER, lambda it, message, act: it.reply(message, act), ["Replied", "PolicyFlagged"]),
    "close": (State.AWAITING_SELLER, lambda it, message, act: it.reply_and_close(message, act), ["Replied", "PolicyFlagged", "Closed"]),
    "reopen": (State.CLOSED, lambda it, message, act: it.reopen(message, act), ["Reopened", "PolicyFlagged"]),
}


def act(it: Conversation, verdict: Verdict, role: Role = Role.SELLER) -> Act:
    return an_act(role, it, content=policy(verdict))


@pytest.mark.parametrize("how", TO_THE_BUYER)
def test_a_sellers_words_to_the_buyer_are_judged_whichever_way_they_go(how: str) -> None:
    state, write, told = TO_THE_BUYER[how]
    it, message = a_conversation(state), a_message(Role.SELLER, text="See www.shop.example")

    after, happened = write(it, message, act(it, Verdict.FLAG))

    assert [type(fact.what).__name__ for fact in happened] == told
    assert happened[1].what.violations == happened[0].message.flagged == (Violation.LINKS,)
    assert [fact.sequence for fact in happened] == list(range(it.sequence + 1, after.sequence + 1))
    with pytest.raises(ContentRefused):
        write(it, message, act(it, Verdict.REFUSE))


@pytest.mark.parametrize(
    ("role", "write"),
    [
        (Role.BUYER, lambda it, act: it.reply(a_message(Role.BUYER, text="Call 030/123 45 67"), act)),
        (Role.SUPPORT, lambda it, act: it.reply(a_message(Role.SUPPORT, text="See www.help.example"), act)),
        (Role.SELLER, lambda it, act: it.note(a_message(Role.SELLER, text="www.x.example", visibility=Visibility.BACKSTAGE), act)),
        (Role.SELLER, lambda it, act: it.appeal(a_message(Role.SELLER, text="www.x.example", visibility=Visibility.BACKSTAGE), act)),
    ],
)
def test_nobody_elses_words_and_nothing_that_the_buyer_does_not_read_is_judged(role: Role, write: Any) -> None:
    it = a_conversation()

    told: Told = write(it, act(it, Verdict.REFUSE, role))

    assert "PolicyFlagged" not in {type(fact.what).__name__ for fact in told[1]}


def test_the_state_is_looked_at_before_the_words() -> None:
    it = a_conversation(State.CLOSED)

    with pytest.raises(Closed):
        it.reply(a_message(Role.SELLER, text="www.shop.example"), act(it, Verdict.REFUSE))


async def test_what_is_refused_is_named_over_http_and_what_is_flagged_is_for_support_to_see(
    client: AsyncClient, place: Any, seller: dict[str, str], support: dict[str, str], transact: InMemory[InMemoryTransaction]
) -> None:
    verdicts = {Violation.LINKS: Verdict.REFUSE, Violation.CONTACT_DETAILS: Verdict.FLAG}
    transact.markets = {"de": replace(A_MARKET, content=ContentPolicy(verdicts=verdicts))}
    place(a_conversation())

    refused = await client.post("/v1/tickets/c-1/reply", json={"text": "See www.shop.example"}, headers=seller)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/content-refused")
    assert [(each["field"], each["type"]) for each in refused.json()["errors"]] == [("body.text", "links")]
    by_program = await client.post("/api/v2/ticket/reply", json={"id": "c-1", "reply": "See www.shop.example"}, headers=seller)
    assert [(each["field"], each["type"]) for each in by_program.json()["errors"]] == [("body.reply", "links")]
    assert transact.published() == []

    posted = await client.post("/v1/tickets/c-1/reply", json={"text": "Write to max@shop.example"}, headers=seller)
    assert posted.status_code == 200
    message = next(iter(transact.tables["messages"].values())).message
    seen = await client.get(f"/v1/tickets/c-1/messages/{message.id}", headers=support)
    assert seen.json()["flagged"] == ["contact_details"]
    history = (await client.get("/v1/tickets/c-1/history", headers=support)).json()["items"]
    assert "PolicyFlagged" in [entry.get("what") for entry in history]


def test_a_market_file_says_what_is_flagged_and_refused() -> None:
    said = {"links": "refuse", "contact_details": "allow", "own_hosts": ["marktplatz.example"], "advertising_words": ["Rabatt"]}

    content = ConversationMarket.model_validate({**MARKET, "content_policy": said}).rules().content

    assert content.verdicts == {
        Violation.LINKS: Verdict.REFUSE,
        Violation.CONTACT_DETAILS: Verdict.ALLOW,
        Violation.ADVERTISING: Verdict.FLAG,
    }
    assert (content.own_hosts, content.advertising) == ({"marktplatz.example"}, ("Rabatt",))
    assert ConversationMarket.model_validate(MARKET).rules().content.judge("www.shop.example") == (Violation.LINKS,)


@pytest.mark.parametrize(
    "wrong", [{"links": "forbid"}, {"own_hosts": ["https://marktplatz.example/"]}, {"advertising_words": [" "]}, {"ads": "flag"}]
)
def test_a_fault_in_it_is_found_at_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ConversationMarket.model_validate({**MARKET, "content_policy": wrong})
