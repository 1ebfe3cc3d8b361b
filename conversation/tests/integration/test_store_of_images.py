"""Images and reply templates, in memory and on a real database with both drivers."""

from datetime import timedelta
from typing import Any

from parley_conversation.domain.images import Image, Upload
from parley_conversation.domain.templates import Owner, ReplyTemplate


async def test_an_image_waits_for_its_message_and_goes_with_the_last_that_has_it(transact: Any) -> None:
    upload = Upload(image=Image(id="i-1", width=3, height=2, size=4), owner_id="buyer-1")

    async def add(tx: Any) -> None:
        tx.images.add(upload, b"show")

    async def unused(tx: Any) -> tuple[Any, Any, Any]:
        later = tx.now + timedelta(hours=1)
        return (
            await tx.images.unused("buyer-1", limit=9),
            await tx.images.outdated(before=later, limit=9),
            await tx.images.outdated(before=tx.now - timedelta(hours=1), limit=9),
        )

    async def take(tx: Any) -> None:
        found = await tx.images.get("i-1")
        tx.images.put(found.taken_by("c-1", "m-1").taken_by("c-2", "m-2"))

    async def erase(tx: Any, conversation_id: str) -> Any:
        await tx.images.erase([conversation_id])
        return await tx.images.get("i-1")

    async def content(tx: Any) -> bytes:
        found: bytes = await tx.images.content_of("i-1")
        return found

    await transact(add)
    assert await transact(unused) == ((upload,), (upload,), ())
    await transact(take)
    assert await transact(unused) == ((), (), ())
    assert (await transact(erase, "c-1")).taken == {"c-2": "m-2"}
    assert await transact(content) == b"show"
    assert await transact(erase, "c-2") is None


async def test_reply_templates_are_listed_by_owner_and_a_page_follows_the_last(transact: Any) -> None:
    shop, market = Owner(seller_id="seller-1"), Owner(market="seller-1")
    kept = [ReplyTemplate(id=f"t-{n}", owner=(shop, market)[n % 2], title="t", text="x", language="de") for n in range(5)]

    async def put_and_remove(tx: Any) -> None:
        for each in kept:
            tx.templates.put(each)
        tx.templates.remove("t-4")

    async def of(tx: Any, owners: Any, after: str | None = None) -> Any:
        return await tx.templates.of(owners, after=after, limit=2)

    async def get(tx: Any) -> Any:
        return await tx.templates.get("t-0"), await tx.templates.get("t-4")

    await transact(put_and_remove)
    assert await transact(of, [shop]) == (kept[0], kept[2])
    assert await transact(of, [shop, market]) == (kept[0], kept[1])
    assert await transact(of, [shop, market], "t-1") == (kept[2], kept[3])
    assert await transact(get) == (kept[0], None)
