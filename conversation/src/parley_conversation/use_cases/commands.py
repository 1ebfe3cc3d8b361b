"""The commands of people in a conversation. Each returns it as it is afterwards, with the person's place in it."""

from collections.abc import Sequence
from dataclasses import replace

from parley_conversation.domain.access import check_link
from parley_conversation.domain.cells import Command, Go
from parley_conversation.domain.messages import Message
from parley_conversation.domain.people import Person
from parley_conversation.domain.refusals import MessageNeeded, NotFound, NotOfYourSide, Refusal
from parley_conversation.domain.rules import Act, decide
from parley_conversation.domain.turn import Told
from parley_conversation.domain.words import ClosedBecause, RemovedBecause, Visibility, WaivedBecause
from parley_conversation.ports import Transaction
from parley_conversation.use_cases.entering import Asked, Seat, act, enter, keep
from parley_conversation.use_cases.images import attached, leave, take
from parley_conversation.use_cases.limits import count_message

OFFERED = frozenset(
    {
        Command.REPLY,
        Command.NOTE,
        Command.REPLY_AND_CLOSE,
        Command.CLOSE,
        Command.REOPEN,
        Command.APPEAL,
        Command.TAKE_OVER,
        Command.ACKNOWLEDGE,
        Command.HAND_BACK,
        Command.WAIVE,
        Command.REFUND,
        Command.RATE,
        Command.ASSIGN,
        Command.FINALISE,
        Command.REMOVE_MESSAGE,
    }
)
"""What people can ask for: the commands below, and those of a service; the table of states knows more, which come from the system."""


async def reply(tx: Transaction, conversation_id: str, asked: Asked, *, text: str, attachments: Sequence[str] = ()) -> Seat:
    seat, how = await begin(tx, conversation_id, asked, Command.REPLY)
    return end(tx, asked, seat, seat.conversation.reply(await written(tx, asked, seat, text, attachments), how))


async def note(
    tx: Transaction, conversation_id: str, asked: Asked, *, text: str, visibility: Visibility, attachments: Sequence[str] = ()
) -> Seat:
    """Write what the buyer never reads: backstage, or inside the own side."""
    seat, how = await begin(tx, conversation_id, asked, Command.NOTE)
    return end(tx, asked, seat, seat.conversation.note(await written(tx, asked, seat, text, attachments, visibility), how))


async def reply_and_close(tx: Transaction, conversation_id: str, asked: Asked, *, text: str, attachments: Sequence[str] = ()) -> Seat:
    seat, how = await begin(tx, conversation_id, asked, Command.REPLY_AND_CLOSE)
    return end(tx, asked, seat, seat.conversation.reply_and_close(await written(tx, asked, seat, text, attachments), how))


async def close(tx: Transaction, conversation_id: str, asked: Asked, *, because: ClosedBecause | None = None) -> Seat:
    seat, how = await begin(tx, conversation_id, asked, Command.CLOSE)
    return end(tx, asked, seat, seat.conversation.close(because, how))


async def reopen(tx: Transaction, conversation_id: str, asked: Asked, *, text: str | None = None, attachments: Sequence[str] = ()) -> Seat:
    seat, how = await begin(tx, conversation_id, asked, Command.REOPEN)
    if text is None and attachments:
        raise MessageNeeded
    message = await written(tx, asked, seat, text, attachments) if text is not None else None
    return end(tx, asked, seat, seat.conversation.reopen(message, how))


async def appeal(tx: Transaction, conversation_id: str, asked: Asked, *, text: str, attachments: Sequence[str] = ()) -> Seat:
    """The seller asks support to take over; support alone reads why."""
    seat, how = await begin(tx, conversation_id, asked, Command.APPEAL)
    return end(tx, asked, seat, seat.conversation.appeal(await written(tx, asked, seat, text, attachments, Visibility.BACKSTAGE), how))


async def take_over(tx: Transaction, conversation_id: str, asked: Asked) -> Seat:
    seat, how = await begin(tx, conversation_id, asked, Command.TAKE_OVER)
    return end(tx, asked, seat, seat.conversation.take_over(how))


async def acknowledge(tx: Transaction, conversation_id: str, asked: Asked) -> Seat:
    seat, how = await begin(tx, conversation_id, asked, Command.ACKNOWLEDGE)
    return end(tx, asked, seat, seat.conversation.acknowledge(how))


async def hand_back(tx: Transaction, conversation_id: str, asked: Asked, *, text: str, attachments: Sequence[str] = ()) -> Seat:
    seat, how = await begin(tx, conversation_id, asked, Command.HAND_BACK)
    return end(tx, asked, seat, seat.conversation.hand_back(await written(tx, asked, seat, text, attachments, Visibility.BACKSTAGE), how))


async def waive(tx: Transaction, conversation_id: str, asked: Asked, *, because: WaivedBecause, closing: bool = False) -> Seat:
    """No response needed."""
    seat, how = await begin(tx, conversation_id, asked, Command.WAIVE, closing=closing)
    return end(tx, asked, seat, seat.conversation.waive(because, how))


async def rate(tx: Transaction, conversation_id: str, asked: Asked, *, stars: int) -> Seat:
    seat, how = await begin(tx, conversation_id, asked, Command.RATE)
    return end(tx, asked, seat, seat.conversation.rate(stars, how))


async def assign(tx: Transaction, conversation_id: str, asked: Asked, *, assignee_id: str | None) -> Seat:
    """Give it to somebody of the own side: a member of the shop, an agent of support; or to nobody in particular."""
    seat, how = await begin(tx, conversation_id, asked, Command.ASSIGN)
    told = seat.conversation.assign(assignee_id, how)
    if assignee_id and assignee_id != seat.actor.id:
        side, party = seat.actor.role.side, await tx.parties.get(assignee_id)
        if side is None or party is None or not party.is_of(side, seat.conversation.seller_id):
            raise NotOfYourSide
    return end(tx, asked, seat, told)


async def finalise(tx: Transaction, conversation_id: str, asked: Asked, *, because: ClosedBecause) -> Seat:
    seat, how = await begin(tx, conversation_id, asked, Command.FINALISE)
    return end(tx, asked, seat, seat.conversation.finalise(because, how))


async def remove_message(tx: Transaction, conversation_id: str, asked: Asked, *, message_id: str, because: RemovedBecause) -> Seat:
    """Take a message away; its text is erased with it."""
    seat, how = await begin(tx, conversation_id, asked, Command.REMOVE_MESSAGE)
    posted = await tx.messages.get(conversation_id, message_id)
    if posted is None:
        raise NotFound
    told = seat.conversation.remove(posted.message, because, how)
    if told[1]:
        tx.messages.add(conversation_id, replace(posted, message=posted.message.taken_away(because)))
        await leave(tx, posted.message.images, conversation_id)
    return end(tx, asked, seat, told)


async def may(tx: Transaction, seat: Seat, person: Person) -> frozenset[Command]:
    """The commands that would not be refused now: what a page offers."""
    how = await act(tx, seat, ids=(), read=seat.conversation.sequence)
    return frozenset(command for command in OFFERED if _is_open(tx, seat, person, command, how))


def _is_open(tx: Transaction, seat: Seat, person: Person, command: Command, how: Act) -> bool:
    try:
        check_link(person, seat.actor.role, tx.markets[seat.conversation.market], command)
        return isinstance(decide(command, seat.conversation, how), Go)
    except Refusal:
        return False


async def begin(tx: Transaction, conversation_id: str, asked: Asked, command: Command, *, closing: bool = False) -> tuple[Seat, Act]:
    """Come in for a command; what the state refuses is refused before anything that was sent with it is looked at."""
    seat = await enter(tx, conversation_id, asked.person, command)
    how = await act(tx, seat, ids=asked.event_ids, read=asked.read, closing=closing)
    decide(command, seat.conversation, how)
    return seat, how


def end(tx: Transaction, asked: Asked, seat: Seat, told: Told) -> Seat:
    """Keep what the command made of it."""
    return Seat(keep(tx, told, asked.cause), seat.actor)


async def written(
    tx: Transaction,
    asked: Asked,
    seat: Seat,
    text: str,
    attachments: Sequence[str] = (),
    visibility: Visibility = Visibility.PUBLIC,
    *,
    topic: str | None = None,
) -> Message:
    """What somebody wrote, in the language of their setting, with the images of theirs that they name."""
    count_message(tx, seat.conversation.market, seat.actor, asked.message_id)
    language = asked.person.language
    if language is None and (party := await tx.parties.get(asked.person.party_id)):
        language = party.language
    return Message(
        id=asked.message_id,
        author=seat.actor,
        text=text,
        visibility=visibility,
        language=language,
        topic=topic,
        images=await take(tx, await attached(tx, asked.person, attachments), seat.conversation.id, asked.message_id),
    )
