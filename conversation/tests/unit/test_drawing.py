"""What is uploaded is drawn again: the picture stays, and nothing else of the file."""

from io import BytesIO
from typing import Any

import pytest
from parley_conversation.drawing import LONGEST_EDGE, NotAnImage, TooManyPixels, draw
from PIL import Image, PngImagePlugin


def a_file(format: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: Any) -> bytes:
    """An image that is red on the left and blue on the right."""
    image = Image.new(mode, size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    written = BytesIO()
    image.save(written, format, **options)
    return written.getvalue()


def shown(content: bytes) -> Image.Image:
    opened = Image.open(BytesIO(content))
    opened.load()
    return opened


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
async def test_what_is_taken_comes_out_as_the_same_picture(format: str) -> None:
    drawn = await draw(a_file(format))

    picture = shown(drawn.content)
    assert (picture.format, picture.size) == ("WEBP", (40, 20))
    assert (drawn.width, drawn.height) == picture.size
    left, right = picture.convert("RGB").getpixel((5, 10)), picture.convert("RGB").getpixel((35, 10))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 200 > 60 > left[2]
    assert right[2] > 200 > 60 > right[0]


async def test_where_it_was_taken_and_by_which_camera_is_not_kept() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "Camera of Anna", {1: "N", 2: (52.0, 31.0, 0.0)}
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "Anna, Berlin")

    for sent in (a_file("JPEG", exif=exif), a_file("PNG", pnginfo=note), a_file("JPEG", comment=b"Anna")):
        drawn = await draw(sent)
        assert b"Anna" in sent
        assert b"Anna" not in drawn.content
        assert not dict(shown(drawn.content).getexif())


async def test_a_picture_that_a_camera_marked_as_turned_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    assert (await draw(a_file("JPEG", exif=exif))).height == 40


async def test_a_large_picture_becomes_smaller_and_keeps_its_shape() -> None:
    drawn = await draw(a_file("JPEG", (4000, 1000)))

    assert (drawn.width, drawn.height) == (LONGEST_EDGE, LONGEST_EDGE // 4)


async def test_what_is_transparent_stays_transparent() -> None:
    assert shown((await draw(a_file("PNG", mode="RGBA"))).content).mode == "RGB"
    clear = BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(clear, "PNG")

    assert shown((await draw(clear.getvalue())).content).mode == "RGBA"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
        a_file("PNG")[:-30],
        a_file("GIF"),
        a_file("TIFF"),
    ],
    ids=["nothing", "svg", "broken", "cut off", "gif", "tiff"],
)
async def test_what_is_no_image_of_the_three_kinds_is_refused(sent: bytes) -> None:
    with pytest.raises(NotAnImage):
        await draw(sent)


async def test_a_small_file_that_would_fill_the_memory_is_refused_before_it_is_drawn() -> None:
    bomb = BytesIO()
    Image.new("1", (9_000, 9_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 100_000

    with pytest.raises(TooManyPixels):
        await draw(bomb.getvalue())
