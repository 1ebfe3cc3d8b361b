"""The commands of people in a conversation. Each returns it as it is afterwards, with the person's place in it."""

from parley_conversation.domain.cells import Command
from parley_conversation.domain.messages import Message
from parley_conversation.domain.rules import Act
from parley_conversation.domain.turn import Told
from parley_conversation.domain.words import ClosedBecause, Visibility, WaivedBecause
from parley_conversation.ports import Transaction
from parley_conversation.use_cases.entering import Asked, Seat, act, enter, keep


async def reply(tx: Transaction, conversation_id: str, asked: Asked, *, text: str) -> Seat:
    seat, how = await _begin(tx, conversation_id, asked, Command.REPLY)
    return _end(tx, asked, seat, seat.conversation.reply(await _message(tx, asked, seat, text), how))


async def note(tx: Transaction, conversation_id: str, asked: Asked, *, text: str, visibility: Visibility) -> Seat:
    """Write what the buyer never reads: backstage, or inside the own side."""
    seat, how = await _begin(tx, conversation_id, asked, Command.NOTE)
    return _end(tx, asked, seat, seat.conversation.note(await _message(tx, asked, seat, text, visibility), how))


async def reply_and_close(tx: Transaction, conversation_id: str, asked: Asked, *, text: str) -> Seat:
    seat, how = await _begin(tx, conversation_id, asked, Command.REPLY_AND_CLOSE)
    return _end(tx, asked, seat, seat.conversation.reply_and_close(await _message(tx, asked, seat, text), how))


async def close(tx: Transaction, conversation_id: str, asked: Asked, *, because: ClosedBecause | None = None) -> Seat:
    seat, how = await _begin(tx, conversation_id, asked, Command.CLOSE)
    return _end(tx, asked, seat, seat.conversation.close(because, how))


async def reopen(tx: Transaction, conversation_id: str, asked: Asked, *, text: str | None = None) -> Seat:
    seat, how = await _begin(tx, conversation_id, asked, Command.REOPEN)
    message = await _message(tx, asked, seat, text) if text is not None else None
    return _end(tx, asked, seat, seat.conversation.reopen(message, how))


async def appeal(tx: Transaction, conversation_id: str, asked: Asked, *, text: str) -> Seat:
    """The seller asks support to take over; support alone reads why."""
    seat, how = await _begin(tx, conversation_id, asked, Command.APPEAL)
    return _end(tx, asked, seat, seat.conversation.appeal(await _message(tx, asked, seat, text, Visibility.BACKSTAGE), how))


async def take_over(tx: Transaction, conversation_id: str, asked: Asked) -> Seat:
    seat, how = await _begin(tx, conversation_id, asked, Command.TAKE_OVER)
    return _end(tx, asked, seat, seat.conversation.take_over(how))


async def acknowledge(tx: Transaction, conversation_id: str, asked: Asked) -> Seat:
    seat, how = await _begin(tx, conversation_id, asked, Command.ACKNOWLEDGE)
    return _end(tx, asked, seat, seat.conversation.acknowledge(how))


async def hand_back(tx: Transaction, conversation_id: str, asked: Asked, *, text: str) -> Seat:
    seat, how = await _begin(tx, conversation_id, asked, Command.HAND_BACK)
    return _end(tx, asked, seat, seat.conversation.hand_back(await _message(tx, asked, seat, text, Visibility.BACKSTAGE), how))


async def waive(tx: Transaction, conversation_id: str, asked: Asked, *, because: WaivedBecause, closing: bool = False) -> Seat:
    """No response needed."""
    seat, how = await _begin(tx, conversation_id, asked, Command.WAIVE, closing=closing)
    return _end(tx, asked, seat, seat.conversation.waive(because, how))


async def _begin(tx: Transaction, conversation_id: str, asked: Asked, command: Command, *, closing: bool = False) -> tuple[Seat, Act]:
    seat = await enter(tx, conversation_id, asked.person, command)
    return seat, await act(tx, seat, ids=asked.event_ids, read=asked.read, closing=closing)


def _end(tx: Transaction, asked: Asked, seat: Seat, told: Told) -> Seat:
    return Seat(keep(tx, told, asked.cause), seat.actor)


async def _message(tx: Transaction, asked: Asked, seat: Seat, text: str, visibility: Visibility = Visibility.PUBLIC) -> Message:
    language = asked.person.language
    if language is None and (party := await tx.parties.get(asked.person.party_id)):
        language = party.language
    return Message(id=asked.message_id, author=seat.actor, text=text, visibility=visibility, language=language)
