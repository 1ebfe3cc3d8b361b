"""The real store keeps people, conversations and waits as the desk in memory promises: each behaviour is asked of both."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from notifier.domain.conversation import Waits
from notifier.domain.news import Wait
from notifier.domain.words import Audience
from notifier.testing.builders import AT, a_conversation, a_party

Transact = Callable[..., Awaitable[Any]]


async def test_people_come_back_as_they_were_and_leave_no_trace_but_their_end(transact: Transact) -> None:
    jonas = a_party("jonas", kind="member", seller_id="shop", language="de-AT", time_zone="Europe/Vienna")

    async def meet(desk: Any) -> None:
        desk.people.put(jonas)
        desk.people.put(a_party("anna"))
        desk.people.erase("anna", AT + timedelta(1))

    await transact(meet)

    assert await transact(lambda desk: desk.people.get("jonas")) == jonas
    assert await transact(lambda desk: desk.people.members("shop")) == [jonas]
    assert await transact(lambda desk: desk.people.get("anna")) is None
    assert await transact(lambda desk: desk.people.is_gone("anna"))
    assert await transact(lambda desk: desk.people.as_of("anna")) == AT + timedelta(1)
    assert not await transact(lambda desk: desk.people.is_gone("jonas"))


async def test_somebody_who_is_only_looked_for_is_nobody_yet(transact: Transact) -> None:
    await transact(lambda desk: desk.people.touch("anna"))

    assert await transact(lambda desk: desk.people.get("anna")) is None
    assert await transact(lambda desk: desk.people.as_of("anna")) is None
    assert not await transact(lambda desk: desk.people.is_gone("anna"))


async def test_conversations_and_waits_come_back_as_they_were(transact: Transact) -> None:
    conversation = a_conversation(waiting_since=AT, root="c-1@north.example", order_number=None, routed=True)
    waits = Waits(conversation_id="c-1").began(Wait(cycle_id="cycle-1", owed_by=Audience.SUPPORT, start=AT, due=AT))

    async def note(desk: Any) -> None:
        desk.conversations.put(conversation)
        desk.waits.put(waits)

    await transact(note)

    assert await transact(lambda desk: desk.conversations.get("c-1")) == conversation
    assert await transact(lambda desk: desk.waits.get("c-1")) == waits
    assert await transact(lambda desk: desk.waits.get("c-2")) == Waits(conversation_id="c-2")
