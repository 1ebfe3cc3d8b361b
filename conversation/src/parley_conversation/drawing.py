"""Uploaded images are drawn again: what comes out is a picture and nothing else, whatever went in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO

from parley_chassis.commands import Busy
from PIL import Image as Pillow
from PIL import ImageOps

LARGEST_UPLOAD = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
"""More than a telephone's camera makes; as much memory, four bytes each, as one drawing may take."""

LONGEST_EDGE = 2560
QUALITY = 85
TAKEN = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
"""What is taken, as Pillow and as HTTP name it."""

_FORMAT = "WEBP"
Pillow.MAX_IMAGE_PIXELS = None  # its own limit only warns; ours is checked before anything is decoded
_one_at_a_time = asyncio.Semaphore(1)
_places = asyncio.Semaphore(8)


class NotAnImage(Exception):
    """This is no PNG, JPEG or WebP image that can be read. Save it as one of these, then send it again."""


class TooManyPixels(NotAnImage):
    """The image has more than fifty million pixels. Make it smaller, then send it again."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as WebP, with its size in pixels."""

    content: bytes
    width: int
    height: int


@asynccontextmanager
async def place() -> AsyncIterator[None]:
    """One of the few uploads that lie in memory at the same time, for half a minute at most; raises Busy where there is none."""
    if _places.locked():
        raise Busy("Several images are drawn just now.")
    try:
        async with _places, asyncio.timeout(30):
            yield
    except TimeoutError as error:
        raise Busy("The image did not come in time.") from error


async def draw(upload: bytes) -> Drawn:
    """Draw an image again, upright, no longer than LONGEST_EDGE, without metadata; raises NotAnImage.

    One at a time, beside the event loop.
    """
    async with _one_at_a_time:
        return await asyncio.to_thread(_draw, upload)


def _draw(upload: bytes) -> Drawn:
    try:
        with Pillow.open(BytesIO(upload), formats=list(TAKEN)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise TooManyPixels
            opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            opened.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
            drawn = ImageOps.exif_transpose(opened)
            plain = drawn.convert("RGBA" if drawn.has_transparency_data else "RGB")
    except NotAnImage:
        raise
    except Exception as error:  # a decoder that was fed with rubbish raises what it likes
        raise NotAnImage from error
    written = BytesIO()
    plain.save(written, _FORMAT, quality=QUALITY)
    return Drawn(written.getvalue(), plain.width, plain.height)
