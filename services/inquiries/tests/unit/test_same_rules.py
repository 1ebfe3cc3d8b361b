"""An inquiry obeys the same table as a ticket: every cell, for every role, gives the same decision."""

from collections.abc import Iterator

import pytest
from parley_conversation.domain.cells import Command, Go, Nothing
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.refusals import Refusal
from parley_conversation.domain.rules import decide
from parley_conversation.domain.standing import About
from parley_conversation.domain.states import TABLE
from parley_conversation.domain.words import Category, Kind, Role, State
from parley_conversation.testing.builders import ACTORS, a_conversation, an_act

TICKETS_ALONE = {Command.REFUND, Command.PRIVATE_ORDER_NOTE, Command.ORDER_NOTE_TO_CUSTOMER}


def cells() -> Iterator[tuple[Command, Role, State]]:
    for row in TABLE:
        if row.command not in TICKETS_ALONE | {Command.OPEN, Command.RESPONSE_OVERDUE}:
            yield from ((row.command, role, state) for role in row.roles for state in row.cells)


def decision(command: Command, role: Role, conversation: Conversation) -> Go | Nothing | type[Refusal]:
    try:
        return decide(command, conversation, an_act(role, conversation))
    except Refusal as refusal:
        return type(refusal)


@pytest.mark.parametrize(("command", "role", "state"), list(cells()), ids=lambda value: value.value)
@pytest.mark.parametrize("kind", [Kind.PRODUCT_INQUIRY, Kind.STORE_INQUIRY])
def test_an_inquiry_decides_as_a_ticket_does(command: Command, role: Role, state: State, kind: Kind) -> None:
    asker = Role.GUEST if role is Role.BUYER else role
    inquiry = a_conversation(
        state, kind=kind, category=Category.PRE_PURCHASE, problem_type="product", about=About(), buyer=ACTORS[Role.GUEST]
    )

    assert decision(command, asker, inquiry) == decision(command, role, a_conversation(state))
