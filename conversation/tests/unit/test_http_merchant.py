"""The merchant API: sellers' programs do with a conversation what its seller does."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from httpx import AsyncClient, Response
from parley_conversation.domain.images import Image
from parley_conversation.domain.waits import Waits
from parley_conversation.domain.words import Kind, Role, Side, State, Visibility
from parley_conversation.testing.builders import NOW, a_conversation, a_message, a_wait, an_act
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases.merchant import UNSAID

Memory = InMemory[InMemoryTransaction]

PATH = "/api/v2/ticket"
WITH_TEXT = {"id": "c-1", "reply": "It is on its way."}
COMMANDS = {"reply": WITH_TEXT, "close": {"id": "c-1"}, "appeal-to-wish-support": {"id": "c-1"}, "re-open": WITH_TEXT}
DONE = {"code": 0, "message": "", "data": {"success": 1}}


def problem(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def now_is(transact: Memory) -> State:
    state: State = transact.tables["conversations"]["c-1"].state
    return state


def told(transact: Memory) -> list[str]:
    return [type(each.fact.what).__name__ for each in transact.published()]


async def test_one_ticket_is_read_in_the_words_that_programs_know(client: AsyncClient, place: Any, seller: dict[str, str]) -> None:
    place(a_conversation().reply(a_message(Role.SELLER, text="On its way."), an_act(Role.SELLER)))

    answer = await client.get(PATH, params={"id": "c-1"}, headers=seller)

    told = answer.json()["data"]["Ticket"]
    assert (answer.status_code, answer.json()["code"]) == (200, 0)
    assert told["UserInfo"] == {"id": "buyer-1", "name": "Bea"}
    assert (told["id"], told["label"], told["sublabel"], told["state"]) == ("c-1", "customer_service", "order_status", "awaiting_buyer")
    assert (told["open_date"], told["last_update_date"]) == ("2026-03-02T10:00:00", "2026-03-02T10:01:00")
    assert [each["Reply"] for each in told["replies"]] == [
        {
            "message": "On its way.",
            "translated_message": None,
            "translated_message_zh": None,
            "sender": "merchant",
            "image_urls": [],
            "date": "2026-03-02T10:01:00",
        }
    ]


@pytest.mark.parametrize(("role", "sender"), [(Role.BUYER, "user"), (Role.SELLER, "merchant"), (Role.SUPPORT, "wish")])
async def test_a_reply_says_who_wrote_it(client: AsyncClient, place: Any, seller: dict[str, str], role: Role, sender: str) -> None:
    place(a_conversation(State.AWAITING_SUPPORT).reply(a_message(role), an_act(role)))

    answer = await client.get(PATH, params={"id": "c-1"}, headers=seller)

    assert [each["Reply"]["sender"] for each in answer.json()["data"]["Ticket"]["replies"]] == [sender]


async def test_an_image_has_an_address_that_the_same_token_opens(client: AsyncClient, place: Any, seller: dict[str, str]) -> None:
    message = replace(a_message(Role.SELLER), images=(Image(id="i-1", width=1, height=1, size=1),))
    place(a_conversation().reply(message, an_act(Role.SELLER)))

    answer = await client.get(PATH, params={"id": "c-1"}, headers=seller)

    (reply,) = answer.json()["data"]["Ticket"]["replies"]
    assert reply["Reply"]["image_urls"] == ["https://help.example.com/v1/tickets/c-1/images/i-1"]


async def test_no_note_is_among_the_replies(client: AsyncClient, place: Any, seller: dict[str, str]) -> None:
    place(a_conversation().note(a_message(Role.SELLER, visibility=Visibility.BACKSTAGE), an_act(Role.SELLER)))

    answer = await client.get(PATH, params={"id": "c-1"}, headers=seller)

    assert answer.json()["data"]["Ticket"]["replies"] == []


async def test_a_seller_who_asked_another_shop_is_not_its_seller_here(client: AsyncClient, issuer: Issuer, place: Any) -> None:
    place(a_conversation())
    other = issuer.bearer("buyer-1", "seller", seller_ids=["seller-9"])

    assert (await client.get("/v1/tickets/c-1", headers=other)).status_code == 200
    assert problem(await client.get(PATH, params={"id": "c-1"}, headers=other)) == (404, "not-found")
    for command, body in COMMANDS.items():
        assert problem(await client.post(f"{PATH}/{command}", json=body, headers=other)) == (404, "not-found")


async def test_what_waits_for_the_seller_is_listed_the_longest_first(client: AsyncClient, place: Any, seller: dict[str, str]) -> None:
    for hours in (1, 3, 2):
        place(a_conversation(id=f"c-{hours}", since=NOW - timedelta(hours=hours)))
    place(a_conversation(State.AWAITING_BUYER, id="answered"))
    place(a_conversation(State.AWAITING_SUPPORT, id="appealed"))
    place(a_conversation(id="others", seller_id="seller-9"))

    answer = await client.get(f"{PATH}/get-action-required", headers=seller)

    assert [each["Ticket"]["id"] for each in answer.json()["data"]] == ["c-3", "c-2", "c-1"]
    assert (answer.json()["paging"], answer.json()["next"]) == ({"next": None}, None)


async def test_a_page_says_where_the_next_one_is(client: AsyncClient, place: Any, seller: dict[str, str]) -> None:
    for hours in range(5):
        place(a_conversation(id=f"c-{hours}", since=NOW - timedelta(hours=hours)))
    found, address = [], f"{PATH}/get-action-required?limit=2"

    while address:
        page = (await client.get(address, headers=seller)).json()
        found.append([each["Ticket"]["id"] for each in page["data"]])
        address = page["paging"]["next"]
        assert address is None or urlsplit(address).netloc == "help.example.com"
        assert (address is None) is (page["next"] is None)

    assert found == [["c-4", "c-3"], ["c-2", "c-1"], ["c-0"]]


async def test_a_program_may_count_by_itself(client: AsyncClient, place: Any, seller: dict[str, str]) -> None:
    for hours in range(5):
        place(a_conversation(id=f"c-{hours}", since=NOW - timedelta(hours=hours)))

    page = await client.get(f"{PATH}/get-action-required?start=1&limit=2", headers=seller)
    rest = await client.get(page.json()["paging"]["next"], headers=seller)
    too_far = await client.get(f"{PATH}/get-action-required?start=1001", headers=seller)

    assert [each["Ticket"]["id"] for each in page.json()["data"]] == ["c-3", "c-2"]
    assert [each["Ticket"]["id"] for each in rest.json()["data"]] == ["c-1", "c-0"]
    assert problem(too_far) == (422, "invalid")


@pytest.mark.parametrize(
    ("command", "before", "after", "facts"),
    [
        ("reply", State.AWAITING_SELLER, State.AWAITING_BUYER, ["Replied"]),
        ("close", State.AWAITING_BUYER, State.CLOSED, ["Closed"]),
        ("appeal-to-wish-support", State.AWAITING_SELLER, State.AWAITING_SUPPORT, ["Escalated"]),
        ("re-open", State.CLOSED, State.AWAITING_BUYER, ["Reopened"]),
    ],
)
async def test_a_command_needs_no_version(
    client: AsyncClient, place: Any, seller: dict[str, str], transact: Memory, command: str, before: State, after: State, facts: list[str]
) -> None:
    place(a_conversation(before))

    answer = await client.post(f"{PATH}/{command}", json=COMMANDS[command], headers=seller)

    assert (answer.status_code, answer.json()) == (200, DONE)
    assert (now_is(transact), told(transact)) == (after, facts)


@pytest.mark.parametrize(("command", "before"), [("reply", State.AWAITING_SELLER), ("re-open", State.CLOSED)])
async def test_the_same_text_acts_once(
    client: AsyncClient, place: Any, seller: dict[str, str], transact: Memory, command: str, before: State
) -> None:
    place(a_conversation(before))

    first = await client.post(f"{PATH}/{command}", json=WITH_TEXT, headers=seller)
    again = await client.post(f"{PATH}/{command}", json=WITH_TEXT, headers=seller)

    assert (first.json(), "idempotency-replayed" in first.headers) == (DONE, False)
    assert (again.json(), again.headers["idempotency-replayed"]) == (DONE, "true")
    assert len(transact.published()) == 1


async def test_another_text_another_ticket_another_author_and_another_key_are_another_request(
    client: AsyncClient, issuer: Issuer, place: Any, seller: dict[str, str], transact: Memory
) -> None:
    place(a_conversation())
    place(a_conversation(id="c-2"))
    colleague = issuer.bearer("member-2", "seller", seller_ids=["seller-1"])

    for body, headers in (
        (WITH_TEXT, seller),
        ({**WITH_TEXT, "reply": "It has arrived."}, seller),
        ({**WITH_TEXT, "id": "c-2"}, seller),
        (WITH_TEXT, colleague),
        (WITH_TEXT, {**seller, "idempotency-key": "again"}),
    ):
        assert "idempotency-replayed" not in (await client.post(f"{PATH}/reply", json=body, headers=headers)).headers

    assert told(transact) == ["Replied"] * 5


async def test_what_has_no_text_is_never_swallowed(client: AsyncClient, place: Any, seller: dict[str, str], transact: Memory) -> None:
    for state in (State.AWAITING_BUYER, State.AWAITING_BUYER):
        place(a_conversation(state))
        await client.post(f"{PATH}/close", json={"id": "c-1"}, headers=seller)
        assert now_is(transact) is State.CLOSED

    closed = await client.post(f"{PATH}/close", json={"id": "c-1"}, headers=seller)

    assert (closed.status_code, closed.json()) == (200, DONE)

    for _ in range(2):
        place(a_conversation())
        await client.post(f"{PATH}/appeal-to-wish-support", json={"id": "c-1"}, headers=seller)
        assert now_is(transact) is State.AWAITING_SUPPORT

    assert problem(await client.post(f"{PATH}/appeal-to-wish-support", json={"id": "c-1"}, headers=seller)) == (409, "with-support")


@pytest.mark.parametrize(("reason", "text", "language"), [("They want a lawyer.", "They want a lawyer.", "de"), (None, UNSAID, "en")])
async def test_support_alone_reads_why_it_was_asked(
    client: AsyncClient, issuer: Issuer, place: Any, transact: Memory, reason: str | None, text: str, language: str
) -> None:
    place(a_conversation())
    seller = issuer.bearer("member-1", "seller", seller_ids=["seller-1"], locale="de")

    await client.post(f"{PATH}/appeal-to-wish-support", json={"id": "c-1", "reply": reason}, headers=seller)

    (posted,) = transact.tables["messages"].values()
    message = posted.message
    assert (message.text, message.visibility, message.language) == (text, Visibility.BACKSTAGE, language)


async def test_an_overdue_answer_still_takes_the_ticket_back(
    client: AsyncClient, place: Any, seller: dict[str, str], transact: Memory
) -> None:
    waits = Waits(open=(a_wait(Side.SELLER), a_wait(Side.SUPPORT)), unanswered=True, moved_at=2)
    place(a_conversation(State.AWAITING_SUPPORT, waits=waits))

    await client.post(f"{PATH}/reply", json=WITH_TEXT, headers=seller)

    assert told(transact) == ["Replied", "HandedBack"]


WRONG = ('{"id": "c-1", "more": 1}', '{"id": "c-1", "reply": 7}')


@pytest.mark.parametrize("command", sorted(COMMANDS))
async def test_it_is_asked_who_that_is_before_what_they_sent(
    client: AsyncClient, issuer: Issuer, place: Any, who: dict[str, dict[str, str]], command: str
) -> None:
    place(a_conversation(State.FINAL))
    stranger = issuer.bearer("member-9", "seller", seller_ids=["seller-9"])
    expected = {
        **dict.fromkeys(("link", "buyer", "support", "oncall", "service"), (403, "role-not-allowed")),
        "nobody": (401, "sign-in-needed"),
        "stranger": (404, "not-found"),
        "seller": (409, "final"),
    }

    for body in (json.dumps(COMMANDS[command]), *WRONG):
        found = {
            name: problem(await client.post(f"{PATH}/{command}", content=body, headers={**headers, "content-type": "application/json"}))
            for name, headers in {**who, "stranger": stranger}.items()
        }
        assert found == expected


@pytest.mark.parametrize("command", sorted(COMMANDS))
@pytest.mark.parametrize("body", ["{", "[7]", "[" * 5_000, '{"reply": "Hello"}', '{"id": "\\ud800", "reply": "Hello"}', '{"id": ""}'])
async def test_what_names_no_ticket_is_invalid(client: AsyncClient, seller: dict[str, str], command: str, body: str) -> None:
    answer = await client.post(f"{PATH}/{command}", content=body, headers={**seller, "content-type": "application/json"})

    assert problem(answer) == (422, "invalid")


@pytest.mark.parametrize("command", sorted(COMMANDS))
async def test_what_is_right_but_for_a_field_is_invalid(client: AsyncClient, place: Any, seller: dict[str, str], command: str) -> None:
    place(a_conversation(State.CLOSED if command == "re-open" else State.AWAITING_SELLER))

    answer = await client.post(f"{PATH}/{command}", json={"id": "c-1", "text": "Hello"}, headers=seller)

    assert problem(answer) == (422, "invalid")


@pytest.mark.parametrize(("command", "before"), [("reply", State.AWAITING_SELLER), ("re-open", State.CLOSED)])
async def test_a_reply_and_re_opening_take_a_message(
    client: AsyncClient, place: Any, seller: dict[str, str], command: str, before: State
) -> None:
    place(a_conversation(before))

    answer = await client.post(f"{PATH}/{command}", json={"id": "c-1"}, headers=seller)

    assert problem(answer) == (422, "invalid")


async def test_without_an_order_the_product_is_the_item(client: AsyncClient, place: Any, seller: dict[str, str]) -> None:
    about = a_conversation().about
    product = type(about)(product_id="p-1", product_title="Teapot")
    place(a_conversation(kind=Kind.PRODUCT_INQUIRY, about=product))
    place(a_conversation(id="c-2", kind=Kind.STORE_INQUIRY, about=type(about)()))

    items = [(await client.get(PATH, params={"id": id}, headers=seller)).json()["data"]["Ticket"]["items"] for id in ("c-1", "c-2")]

    assert items == [[{"id": "p-1", "product_id": "p-1", "name": "Teapot", "quantity": None}], []]
