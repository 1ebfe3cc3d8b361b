"""Images are sent with the form, shown with their message, and not asked for again where the rest must be mended."""

import re
from io import BytesIO
from typing import Any

import pytest
from parley_conversation.testing.builders import a_conversation
from PIL import Image

REFUSED = [
    ({"brief.pdf": b"%PDF-1.7"}, "Diese Datei ist kein Bild"),
    ({"riesig.png": b"x" * (10 * 1024 * 1024 + 1)}, "Dieses Bild ist zu groß"),
    ({f"{n}.png": b"x" for n in range(6)}, "höchstens 5 Bilder"),
]


@pytest.fixture(scope="module")
def png() -> bytes:
    written = BytesIO()
    Image.new("RGB", (8, 6), "green").save(written, "PNG")
    return written.getvalue()


def kept(transact: Any) -> list[int]:
    """How many images each message has."""
    return [len(posted.message.images) for posted in transact.tables.get("messages", {}).values()]


async def test_an_image_that_is_sent_with_a_message_is_shown_with_it(browser: Any, place: Any, transact: Any, png: bytes) -> None:
    place(a_conversation())
    page = await browser.open("member-1", "seller")

    sent = await browser.send(page, "reply", text="Bitte sehen Sie.", files={"foto.png": png, "noch.png": png + b" "})

    assert kept(transact) == [2]
    address = re.findall(r'<img src="([^"]+/images/[^"]+)" width="8" height="6"', sent.html)[0]
    seen = await browser.get(address)
    assert (seen.status, seen.answer.headers["content-type"]) == (200, "image/webp")
    assert "Bild 1 von Ihnen" in sent.html or "Bild 1 von" in sent.html


async def test_a_form_with_an_image_that_is_sent_twice_is_done_once(browser: Any, place: Any, transact: Any, png: bytes) -> None:
    place(a_conversation())
    page = await browser.open("member-1", "seller")

    answers = [await browser.send(page, "reply", text="Hallo", files={"foto.png": png}) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert kept(transact) == [1]
    assert len(transact.tables["images"]) == 1


async def test_an_image_stays_chosen_where_the_rest_is_refused(browser: Any, place: Any, transact: Any, png: bytes) -> None:
    place(a_conversation())

    back = await browser.send(await browser.open("member-1", "seller"), "reply", text="", files={"foto.png": png})

    assert back.status == 422
    assert "Bitte schreiben Sie etwas." in back.text
    assert back.form("reply").fields["attachments"] in transact.tables["images"]
    assert (await browser.send(back, "reply", text="Hallo")).status == 200
    assert kept(transact) == [1]


@pytest.mark.parametrize(("files", "told"), REFUSED, ids=["no image", "too large", "too many"])
async def test_a_file_that_cannot_be_taken_is_told_beside_its_field_and_the_text_is_kept(
    browser: Any, place: Any, transact: Any, files: dict[str, bytes], told: str
) -> None:
    place(a_conversation())

    back = await browser.send(await browser.open("member-1", "seller"), "reply", text="Hallo", files=files)

    assert back.status == 422
    assert told in back.text
    assert back.form("reply").fields["text"] == "Hallo"
    assert kept(transact) == []


async def test_an_image_that_is_for_support_alone_is_not_the_buyers_to_see(browser: Any, place: Any, transact: Any, png: bytes) -> None:
    place(a_conversation())
    await browser.send(await browser.open("member-1", "seller"), "appeal", text="Nur für den Support.", files={"foto.png": png})
    (id,) = transact.tables["images"]
    await browser.open("buyer-1", "buyer")

    assert (await browser.get(f"/c/c-1/images/{id}")).status == 404
