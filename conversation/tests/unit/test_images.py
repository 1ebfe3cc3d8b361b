"""Images of messages over HTTP: uploaded first, taken by one message, seen by whoever may read it, gone with it."""

from contextlib import AsyncExitStack
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from httpx import AsyncClient, Response
from parley_conversation import drawing
from parley_conversation.domain.images import MOST_UNUSED
from parley_conversation.domain.images import Image as Kept
from parley_conversation.domain.people import Person
from parley_conversation.domain.words import State
from parley_conversation.testing.builders import a_conversation
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases import images, parties
from PIL import Image

Memory = InMemory[InMemoryTransaction]
Headers = dict[str, str]


@pytest.fixture(scope="module")
def png() -> bytes:
    written = BytesIO()
    Image.new("RGB", (8, 6), "green").save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def upload(client: AsyncClient, png: bytes) -> Any:
    async def uploaded(who: Headers, **headers: str) -> Response:
        more = {"content-type": "image/png", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await client.post("/v1/tickets/attachments", content=png, headers={**who, **more})

    return uploaded


@pytest.fixture
def attach(client: AsyncClient, place: Any, upload: Any) -> Any:
    """The seller's message with an image: its id."""

    async def attached(who: Headers, command: str = "reply", **fields: Any) -> str:
        place(a_conversation())
        id: str = (await upload(who)).json()["id"]
        body = {"text": "Please look.", "attachments": [id], **fields}
        answer = await client.post(f"/v1/tickets/c-1/{command}", json=body, headers=who)
        assert answer.status_code == 200, answer.text
        return id

    return attached


async def test_an_uploaded_image_is_told_with_its_size(upload: Any, seller: Headers) -> None:
    answer = await upload(seller)

    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in ("width", "height")} == {"width": 8, "height": 6}
    assert 0 < answer.json()["size"] < 1000


async def test_an_upload_that_is_sent_again_with_its_key_is_one_image(
    upload: Any, seller: Headers, transact: Memory, client: AsyncClient
) -> None:
    first, again = [await upload(seller, idempotency_key="k-1") for _ in range(2)]

    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(transact.tables["images"]) == 1


async def test_a_message_shows_its_images_and_whoever_reads_it_can_look_at_them(
    client: AsyncClient, attach: Any, seller: Headers, buyer: Headers
) -> None:
    id = await attach(seller)

    messages = (await client.get("/v1/tickets/c-1", headers=buyer)).json()["messages"]
    seen = await client.get(f"/v1/tickets/c-1/images/{id}", headers=buyer)

    assert [image["id"] for image in messages[-1]["images"]] == [id]
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/webp")
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert seen.headers["content-security-policy"].startswith("sandbox")
    assert Image.open(BytesIO(seen.content)).size == (8, 6)


async def test_other_teams_are_told_how_many_images_a_message_has(attach: Any, seller: Headers, transact: Memory) -> None:
    await attach(seller)

    (told,) = transact.published()
    assert told.fact.message is not None
    assert len(told.fact.message.images) == 1


async def test_an_image_is_seen_by_nobody_who_may_not_read_its_message(
    client: AsyncClient, attach: Any, seller: Headers, buyer: Headers, issuer: Issuer
) -> None:
    id = await attach(seller, "note", visibility="backstage")
    address = f"/v1/tickets/c-1/images/{id}"
    other = issuer.bearer("member-9", "seller", seller_ids=["seller-9"])

    answers = [await client.get(address, headers=who) for who in (seller, buyer, other, {})]

    assert [answer.status_code for answer in answers] == [200, 404, 404, 401]


async def test_what_support_looks_at_is_in_the_history(
    client: AsyncClient, attach: Any, seller: Headers, support: Headers, transact: Memory
) -> None:
    id = await attach(seller)
    before = len(transact.tables["history"])

    await client.get(f"/v1/tickets/c-1/images/{id}", headers=support)

    assert len(transact.tables["history"]) == before + 1


@pytest.mark.parametrize("case", ["unknown", "of somebody else", "taken", "gone"])
async def test_an_image_that_is_not_ones_own_to_use_is_refused_and_named(
    client: AsyncClient, attach: Any, upload: Any, seller: Headers, buyer: Headers, place: Any, transact: Memory, case: str
) -> None:
    place(a_conversation())
    match case:
        case "unknown":
            id = "no-such-image"
        case "of somebody else":
            id = (await upload(buyer)).json()["id"]
        case "taken":
            id = await attach(seller)
        case _:
            id = (await upload(seller)).json()["id"]
            transact.now += timedelta(hours=24, seconds=1)
            assert len(await transact(images.remove_unused)) == 1

    answer = await client.post("/v1/tickets/c-1/reply", json={"text": "Look.", "attachments": [id]}, headers=seller)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body.attachments"


async def test_a_state_refuses_before_an_image_does(client: AsyncClient, place: Any, seller: Headers) -> None:
    place(a_conversation(State.CLOSED))

    answer = await client.post("/v1/tickets/c-1/reply", json={"text": "Look.", "attachments": ["unknown"]}, headers=seller)

    assert answer.status_code == 409


async def test_six_images_are_too_many(client: AsyncClient, place: Any, seller: Headers) -> None:
    place(a_conversation())

    answer = await client.post("/v1/tickets/c-1/reply", json={"text": "Look.", "attachments": list("abcdef")}, headers=seller)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("sent", "type_", "status", "problem"),
    [
        (b"%PDF-1.7", "application/pdf", 415, "media-type"),
        (b"no image", "image/png", 415, "media-type"),
        (b"x" * (10 * 1024 * 1024 + 1), "image/png", 413, "too-large"),
    ],
    ids=["pdf", "rubbish", "large"],
)
async def test_what_is_no_image_is_refused(
    client: AsyncClient, seller: Headers, sent: bytes, type_: str, status: int, problem: str
) -> None:
    answer = await client.post("/v1/tickets/attachments", content=sent, headers={**seller, "content-type": type_})

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}")


async def test_who_uploads_and_never_sends_is_asked_to_wait(upload: Any, seller: Headers, transact: Memory) -> None:
    for _ in range(MOST_UNUSED):
        assert (await upload(seller)).status_code == 201

    refused = await upload(seller)

    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many")
    transact.now += timedelta(hours=24, seconds=1)
    await transact(images.remove_unused)
    assert (await upload(seller)).status_code == 201


async def test_what_a_message_has_stays_and_what_none_took_goes_after_a_day(
    attach: Any, upload: Any, seller: Headers, transact: Memory
) -> None:
    kept = await attach(seller)
    await upload(seller)

    transact.now += timedelta(hours=24)
    assert await transact(images.remove_unused) == ()
    transact.now += timedelta(seconds=1)
    await transact(images.remove_unused)

    assert list(transact.tables["images"]) == [kept]


async def test_a_removed_message_leaves_no_image(
    client: AsyncClient, attach: Any, seller: Headers, support: Headers, transact: Memory
) -> None:
    id = await attach(seller)
    message = (await client.get("/v1/tickets/c-1", headers=seller)).json()["messages"][-1]["id"]

    await client.post("/v1/tickets/c-1/remove-message", json={"message_id": message, "reason": "moderation"}, headers=support)

    assert transact.tables["images"] == {}
    assert (await client.get(f"/v1/tickets/c-1/images/{id}", headers=seller)).status_code == 404


async def test_an_erasure_and_the_end_of_retention_leave_no_image(attach: Any, seller: Headers, transact: Memory) -> None:
    async def forget(tx: Any) -> Any:
        return await parties.forget_party(tx, "buyer-1", at=transact.now, cause="c", event_id=lambda _: "e-1")

    await attach(seller)
    await transact(forget)
    assert transact.tables["images"] == {}

    transact.tables["conversations"].clear()
    await attach(seller)

    async def remove(tx: Any) -> None:
        await tx.traces.remove(["c-1"])

    await transact(remove)
    assert transact.tables["images"] == {}


async def test_an_image_of_one_question_that_opened_two_tickets_stays_until_both_are_gone(transact: Memory) -> None:
    async def two(tx: Any) -> None:
        image = Kept(id="i-1", width=1, height=1, size=1)
        await images.upload(tx, Person(party_id="buyer-1", is_buyer=True), image, b"x")
        for id in ("c-1", "c-2"):
            await images.take(tx, [image], id, f"m-{id}")

    await transact(two)
    for gone, left in (("c-1", 1), ("c-2", 0)):

        async def remove(tx: Any, gone: str = gone) -> None:
            await tx.traces.remove([gone])

        await transact(remove)
        assert len(transact.tables["images"]) == left


async def test_who_may_not_upload_is_refused_before_anything_is_drawn(
    client: AsyncClient, place: Any, issuer: Issuer, transact: Memory
) -> None:
    place(a_conversation())
    link = issuer.link("c-9", "buyer-1", "buyer")
    erased = issuer.bearer("buyer-1", "buyer")
    transact.tables["parties"]["buyer-1"] = transact.now

    answers = [
        await client.post("/v1/tickets/attachments", content=b"no image", headers={**who, "content-type": "image/png"})
        for who in (link, erased)
    ]

    assert [answer.status_code for answer in answers] == [404, 410]


async def test_more_uploads_at_once_than_there_is_memory_for_are_asked_to_come_again(upload: Any, seller: Headers) -> None:
    async with AsyncExitStack() as held:
        for _ in range(8):
            await held.enter_async_context(drawing.place())
        busy = await upload(seller)

    assert (busy.status_code, busy.json()["retry"]) == (503, "later")
    assert (await upload(seller)).status_code == 201


async def test_images_without_a_word_do_not_reopen(client: AsyncClient, place: Any, upload: Any, buyer: Headers) -> None:
    place(a_conversation(State.CLOSED))
    id = (await upload(buyer)).json()["id"]
    etag = (await client.get("/v1/tickets/c-1", headers=buyer)).headers["etag"]

    answer = await client.post("/v1/tickets/c-1/reopen", json={"attachments": [id]}, headers={**buyer, "if-match": etag})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body.text"


async def test_an_erased_person_leaves_no_upload_either(upload: Any, buyer: Headers, transact: Memory) -> None:
    async def forget(tx: Any) -> Any:
        return await parties.forget_party(tx, "buyer-1", at=transact.now, cause="c", event_id=lambda _: "e-1")

    await upload(buyer)
    await transact(forget)

    assert transact.tables["images"] == {}
