"""Attaching images: they are uploaded first, then a message takes them; nobody sees them who may not read that message."""

from collections.abc import Sequence

from parley_conversation.domain.cells import Command
from parley_conversation.domain.images import MOST_UNUSED, UNUSED_FOR, Image, Upload
from parley_conversation.domain.people import Person
from parley_conversation.domain.refusals import Erased, ImageUnknown, NotFound, TooManyUnused
from parley_conversation.domain.visibility import may_read
from parley_conversation.ports import Transaction
from parley_conversation.use_cases.entering import enter, note_reading

MOST_AT_ONCE = 100


async def check_uploader(tx: Transaction, person: Person) -> None:
    """Refuse before anything is read and drawn."""
    if person.link is not None:
        await enter(tx, person.link.conversation_id, person, Command.REPLY)
    if await tx.parties.is_erased(person.party_id):
        raise Erased


async def upload(tx: Transaction, person: Person, image: Image, content: bytes) -> Image:
    """Keep an image until one of the person's messages takes it; again, if it is there already, changes nothing."""
    await check_uploader(tx, person)
    await tx.parties.claim(person.party_id)  # an erasure at the same moment must see the image
    if await tx.images.get(image.id) is None:
        if len(await tx.images.unused(person.party_id, limit=MOST_UNUSED)) >= MOST_UNUSED:
            raise TooManyUnused
        tx.images.add(Upload(image=image, owner_id=person.party_id), content)
    return image


async def attached(tx: Transaction, person: Person, ids: Sequence[str]) -> tuple[Image, ...]:
    """The images that a message is to take, in their order."""
    uploads = [await tx.images.get(id) for id in dict.fromkeys(ids)]
    found = tuple(each.image for each in uploads if each and each.owner_id == person.party_id and not each.taken)
    if len(found) < len(uploads):
        raise ImageUnknown
    return found


async def take(tx: Transaction, images: Sequence[Image], conversation_id: str, message_id: str) -> tuple[Image, ...]:
    """Give images to a message."""
    for upload in [await tx.images.get(image.id) for image in images]:
        if upload is not None:
            tx.images.put(upload.taken_by(conversation_id, message_id))
    return tuple(images)


async def leave(tx: Transaction, images: Sequence[Image], conversation_id: str) -> None:
    """Take images away from a message; what no other has is gone."""
    for upload in [await tx.images.get(image.id) for image in images]:
        if upload is not None and (left := upload.without({conversation_id})).taken:
            tx.images.put(left)
        elif upload is not None:
            tx.images.remove(upload.image.id)


async def image_of(tx: Transaction, conversation_id: str, image_id: str, person: Person) -> bytes:
    """What an image of a message shows."""
    seat = await enter(tx, conversation_id, person)
    upload = await tx.images.get(image_id)
    if upload is None or conversation_id not in upload.taken:
        raise NotFound
    posted = await tx.messages.get(conversation_id, upload.taken[conversation_id])
    if posted is None or not may_read(posted.message, seat.actor.role, by_link=person.link is not None):
        raise NotFound
    note_reading(tx, seat)
    return await tx.images.content_of(image_id)


async def remove_unused(tx: Transaction) -> Sequence[Upload]:
    """Remove some images that no message took within a day, and say which."""
    gone = await tx.images.outdated(before=tx.now - UNUSED_FOR, limit=MOST_AT_ONCE)
    for each in gone:
        tx.images.remove(each.image.id)
    return gone
