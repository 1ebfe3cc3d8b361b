"""Taking messages away: every state, each kind of message, each reason, and who may; the state is what the remaining ones give."""

from dataclasses import replace
from typing import Any

import pytest
from httpx import AsyncClient
from parley_conversation.domain import facts
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.messages import Message
from parley_conversation.domain.rules import Act
from parley_conversation.domain.standing import About
from parley_conversation.domain.words import Category, ClosedBecause, Kind, RemovedBecause, Role, Side, State, Visibility
from parley_conversation.ports import Posted
from parley_conversation.testing.builders import NOW, a_message, an_act
from parley_conversation.testing.issuer import Issuer

SPAM, MODERATION = RemovedBecause
QUESTION, AGAIN = a_message(Role.BUYER, id="question"), a_message(Role.BUYER, id="again")
ANSWER, NOTE = a_message(Role.SELLER, id="answer"), a_message(Role.SELLER, id="note", visibility=Visibility.BACKSTAGE)
MESSAGES = {message.id: message for message in (QUESTION, AGAIN, ANSWER, NOTE)}


def course(*steps: str) -> Conversation:
    """A conversation as these steps lead to it."""
    about = About(order_id="order-1")
    it, _ = Conversation.open(
        "c-1",
        QUESTION,
        an_act(Role.BUYER),
        kind=Kind.TICKET,
        category=Category.CUSTOMER_SERVICE,
        problem_type="tracking",
        market="de",
        seller_id="seller-1",
        about=about,
        language="de",
    )
    for step in steps:
        ids, before = (f"{step}-1", f"{step}-2"), it

        def act(role: Role, ids: tuple[str, ...] = ids, before: Conversation = before) -> Act:
            return an_act(role, before, ids=ids)

        it = {
            "answer": lambda it: it.reply(ANSWER, act(Role.SELLER)),
            "again": lambda it: it.reply(AGAIN, act(Role.BUYER)),
            "note": lambda it: it.note(NOTE, act(Role.SELLER)),
            "appeal": lambda it: it.appeal(NOTE, act(Role.SELLER)),
            "close": lambda it: it.close(ClosedBecause.SOLVED, act(Role.SELLER)),
            "withdraw": lambda it: it.close(None, act(Role.BUYER)),
            "answer and close": lambda it: it.reply_and_close(ANSWER, act(Role.SELLER)),
            "final": lambda it: it.finalise(ClosedBecause.SOLVED, act(Role.SUPPORT)),
        }[step](it)[0]
    return it


REMOVALS = """
awaiting_seller  |                          | question | spam       | awaiting_buyer   | -
awaiting_seller  |                          | question | moderation | awaiting_seller  | seller
awaiting_seller  | again                    | question | spam       | awaiting_seller  | seller, anew
awaiting_seller  | again                    | again    | spam       | awaiting_seller  | seller
awaiting_seller  | answer, again            | again    | spam       | awaiting_buyer   | -
awaiting_seller  | answer, again            | answer   | moderation | awaiting_seller  | seller
awaiting_seller  | note                     | note     | spam       | awaiting_seller  | seller
awaiting_support | appeal                   | question | spam       | awaiting_buyer   | -
awaiting_support | appeal                   | question | moderation | awaiting_support | support
awaiting_support | appeal                   | note     | spam       | awaiting_support | support
awaiting_support | answer, again, appeal    | answer   | spam       | awaiting_support | support
awaiting_buyer   | answer                   | answer   | spam       | awaiting_seller  | seller, anew
awaiting_buyer   | answer                   | answer   | moderation | awaiting_seller  | seller, anew
awaiting_buyer   | answer                   | question | spam       | awaiting_buyer   | -
awaiting_buyer   | answer                   | question | moderation | awaiting_buyer   | -
closed           | answer and close         | answer   | spam       | awaiting_seller  | seller, anew
closed           | answer, close            | answer   | moderation | awaiting_seller  | seller, anew
closed           | answer, withdraw         | question | spam       | closed           | -
closed           | close                    | question | moderation | closed           | -
closed           | answer, note, close      | note     | moderation | closed           | -
final            | answer and close, final  | answer   | spam       | final            | -
"""


@pytest.mark.parametrize("line", REMOVALS.strip().splitlines())
def test_the_state_is_what_the_remaining_public_messages_give(line: str) -> None:
    state, steps, message, because, after, owing = (part.strip() for part in line.split("|"))
    it = course(*(step for step in steps.split(", ") if step))
    assert it.state == state

    now, (fact,) = it.remove(MESSAGES[message], RemovedBecause(because), an_act(Role.SUPPORT, ids=("removal",)))

    assert (now.state, [wait.owed_by for wait in now.waits.open]) == (after, [Side(owing.split(",")[0])] if owing != "-" else [])
    assert all((wait.opened_by == fact.id) is ("anew" in owing) for wait in now.waits.open)
    assert isinstance(fact.what, facts.MessageRemoved)
    assert (fact.what.message_id, fact.what.because, fact.message) == (message, because, None)


def test_every_state_is_in_the_list_of_removals() -> None:
    assert {line.split("|")[0].strip() for line in REMOVALS.strip().splitlines()} == set(State)


def test_what_was_reopened_by_a_removal_is_no_longer_closed_for_a_reason() -> None:
    it, _ = course("answer and close").remove(ANSWER, SPAM, an_act(Role.SUPPORT))

    assert it.close_reason is None


def test_a_message_is_removed_once() -> None:
    it = course()

    assert it.remove(QUESTION.taken_away(SPAM), MODERATION, an_act(Role.SUPPORT)) == (it, ())


def place(transact: Any, *messages: Message) -> None:
    transact.tables["conversations"] = {"c-1": course("answer")}
    rows = [Posted(message=message, sequence=place, at=NOW) for place, message in enumerate(messages, 1)]
    transact.tables["messages"] = {("c-1", row.sequence): row for row in rows}


WHO = {
    "nobody": (401, {}),
    "link": (403, {"role": "link"}),
    "buyer": (403, {"role": "buyer"}),
    "seller": (403, {"role": "seller"}),
    "support": (200, {"role": "support"}),
    "support elsewhere": (404, {"role": "support", "markets": ["fast"]}),
    "oncall": (403, {"role": "oncall"}),
    "service": (403, {"role": "service"}),
    "service with texts": (200, {"role": "service", "scope": "texts"}),
}


def headers(issuer: Issuer, who: str) -> dict[str, str]:
    claims = dict(WHO[who][1])
    role = claims.pop("role", None)
    if role is None:
        return {}
    if role == "link":
        return issuer.link("c-1", "buyer-1", "buyer")
    parties = {"buyer": "buyer-1", "seller": "member-1", "support": "agent-1"}
    more = {"seller": {"seller_ids": ["seller-1"]}, "support": {"markets": ["de"]}}.get(role, {})
    return issuer.bearer(parties.get(role, "somebody"), role, **{**more, **claims})


@pytest.mark.parametrize("who", WHO)
async def test_one_message_is_for_support_and_a_service_with_the_scope(
    client: AsyncClient, issuer: Issuer, transact: Any, who: str
) -> None:
    place(transact, QUESTION, ANSWER)
    expected = WHO[who][0]

    read = await client.get("/v1/tickets/c-1/messages/answer", headers=headers(issuer, who))
    assert read.status_code == expected
    assert (expected != 200) or read.json()["text"] == "Hello"
    assert bool(transact.tables.get("history")) is (expected == 200), "who reads is in the history"

    body = {"message_id": "answer", "reason": "spam"}
    removed = await client.post("/v1/tickets/c-1/remove-message", json=body, headers=headers(issuer, who))
    assert removed.status_code == expected
    assert [type(each.fact.what).__name__ for each in transact.published()] == (["MessageRemoved"] if expected == 200 else [])


async def test_what_was_removed_can_be_read_nowhere(
    client: AsyncClient, transact: Any, support: dict[str, str], seller: dict[str, str]
) -> None:
    place(transact, QUESTION, replace(ANSWER, text="Buy more elsewhere"))
    body = {"message_id": "answer", "reason": "moderation"}
    for _ in range(2):
        assert (await client.post("/v1/tickets/c-1/remove-message", json=body, headers=support)).status_code == 200

    assert len(transact.published()) == 1
    assert "elsewhere" not in str(transact.tables["messages"])
    shown = (await client.get("/v1/tickets/c-1", headers=seller)).json()["messages"][1]
    assert (shown["text"], shown["removed"]) == (None, "moderation")
    unknown = await client.post("/v1/tickets/c-1/remove-message", json={**body, "message_id": "x"}, headers=support)
    assert unknown.status_code == 404
