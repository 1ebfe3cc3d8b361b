"""Images over HTTP: upload one, then name it in a message; read one that a message has."""

from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from parley_chassis.commands import Answer
from parley_chassis.problems import Problem
from parley_chassis.reference import REPLAYED, with_headers
from parley_contracts.problems import MEDIA_TYPE
from uuid_utils import uuid7

from parley_conversation.asking import image_answer, transact_of
from parley_conversation.domain.images import MEDIA_TYPE as WEBP
from parley_conversation.domain.images import Image
from parley_conversation.drawing import TAKEN, draw, place
from parley_conversation.http.answers import image_shown
from parley_conversation.http.asking import Asking, Caller, KeyHeader
from parley_conversation.http.bodies import Body
from parley_conversation.http.shapes import ImageShown
from parley_conversation.use_cases import images
from parley_conversation.use_cases.entering import Asked

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_SENT = {"requestBody": {"required": True, "content": {each: _BINARY for each in TAKEN.values()}}}

Id = Annotated[str, Path(max_length=200)]


class Sent(Body):
    """What was uploaded, as an Idempotency-Key tells it from something else."""

    digest: str


def image_routes() -> APIRouter:
    """`POST …/attachments` and `GET …/{id}/images/{image}`."""
    routes = APIRouter()

    @routes.post(
        "/attachments",
        status_code=201,
        response_model=ImageShown,
        responses=with_headers(201, REPLAYED),
        openapi_extra=_SENT,
        summary="Upload an image",
    )
    async def upload(request: Request, person: Asking, idempotency_key: KeyHeader = None) -> Response:
        """PNG, JPEG or WebP, up to 10 MiB; kept without its metadata. Name its id in the `attachments` of a message within a day."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in TAKEN.values():
            raise Problem(MEDIA_TYPE, f"Send the image itself as {', '.join(TAKEN.values())}.")
        await transact_of(request)(images.check_uploader, person)
        async with place():
            content = await request.body()
            drawn = await draw(content)
        image = Image(id=str(uuid7()), width=drawn.width, height=drawn.height, size=len(drawn.content))
        sent = Sent(digest=sha256(content).hexdigest())
        return await Caller(request, person, idempotency_key, None).run(sent, _kept, image, drawn.content)

    @routes.get(
        "/{conversation_id}/images/{image_id}",
        response_class=Response,
        responses={200: {"content": {WEBP: _BINARY}}},
        summary="Look at an image",
    )
    async def look(request: Request, person: Asking, conversation_id: Id, image_id: Id) -> Response:
        """For whoever may read the message that it belongs to."""
        return image_answer(await transact_of(request)(images.image_of, conversation_id, image_id, person))

    return routes


async def _kept(tx: Any, asked: Asked, image: Image, content: bytes) -> Answer:
    return Answer(201, {**image_shown(await images.upload(tx, asked.person, image, content))})
