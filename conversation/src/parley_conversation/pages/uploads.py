"""Images that are sent with a form: they are kept first, so that nobody has to choose them again where the rest cannot be taken yet."""

from dataclasses import replace
from hashlib import sha256
from typing import TypeVar
from uuid import NAMESPACE_URL, uuid4, uuid5

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from parley_conversation.asking import transact_of
from parley_conversation.domain.images import Image
from parley_conversation.domain.people import Person
from parley_conversation.drawing import LARGEST_UPLOAD, NotAnImage, TooManyPixels, draw, place
from parley_conversation.pages.forms import Draft, Fault, Filled, uploads_in, word
from parley_conversation.use_cases.images import upload

D = TypeVar("D", Draft, Filled)


async def with_uploads(draft: D, sent: FormData, request: Request, person: Person) -> D:
    """The draft with what was uploaded with it, or with the fault of the first file that cannot be taken."""
    if "images" in draft.faults:
        return draft
    key = word(sent, "key") or str(uuid4())
    for file in uploads_in(sent):
        try:
            image_id = await _kept(file, key, request, person)
        except NotAnImage as error:
            fault = Fault.IMAGE_TOO_LARGE if isinstance(error, TooManyPixels) else Fault.NOT_AN_IMAGE
            return replace(draft, faults={**draft.faults, "images": fault})
        draft = replace(draft, attachments=(*draft.attachments, image_id))
    return draft


async def _kept(file: UploadFile, key: str, request: Request, person: Person) -> str:
    """Keep one image. Its id follows from the form and the file: a form that is sent twice names the same images."""
    if (file.size or 0) > LARGEST_UPLOAD:
        raise TooManyPixels
    async with place():
        sent = await file.read()
        drawn = await draw(sent)
    id = str(uuid5(NAMESPACE_URL, f"{person.party_id}|{key}|{sha256(sent).hexdigest()}"))
    image = Image(id=id, width=drawn.width, height=drawn.height, size=len(drawn.content))
    await transact_of(request)(upload, person, image, drawn.content)
    return id
