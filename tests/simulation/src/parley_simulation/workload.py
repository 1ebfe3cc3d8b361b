"""What buyers, sellers and support do: tickets, answers just before and just after they are due, and every other command."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from parley_chassis.commands import Answer, CommandKey, NotRun
from parley_conversation.domain.refusals import Refusal
from parley_conversation.domain.words import ClosedBecause
from parley_conversation.testing.builders import AGENT, BUYER, MEMBER
from parley_conversation.use_cases import commands
from parley_conversation.use_cases.entering import Asked
from ticketing.domain.problems import ProblemType
from ticketing.testing import an_order
from ticketing.use_cases.opening import Ids, Opening, open_tickets
from ticketing.use_cases.orders import know_order

from parley_simulation.services import ticketing
from parley_simulation.waiting import pause
from parley_simulation.world import World

TARGET = 48 * 3600.0
SUPPORT_TARGET = 24 * 3600.0

Command = Callable[[Any, str, Asked], Awaitable[Any]]

_COMMANDS: dict[str, tuple[Any, Command]] = {
    "buyer writes": (BUYER, lambda tx, id, asked: commands.reply(tx, id, asked, text="And?")),
    "seller answers": (MEMBER, lambda tx, id, asked: commands.reply(tx, id, asked, text="Yes.")),
    "seller answers and closes": (MEMBER, lambda tx, id, asked: commands.reply_and_close(tx, id, asked, text="Done.")),
    "support answers": (AGENT, lambda tx, id, asked: commands.reply(tx, id, asked, text="We see to it.")),
    "support takes over": (AGENT, lambda tx, id, asked: commands.take_over(tx, id, asked)),
    "support hands back": (AGENT, lambda tx, id, asked: commands.hand_back(tx, id, asked, text="Yours.")),
    "seller appeals": (MEMBER, lambda tx, id, asked: commands.appeal(tx, id, asked, text="Help.")),
    "buyer closes": (BUYER, lambda tx, id, asked: commands.close(tx, id, asked)),
    "support closes": (AGENT, lambda tx, id, asked: commands.close(tx, id, asked, because=ClosedBecause.CANNOT_HELP)),
    "buyer reopens": (BUYER, lambda tx, id, asked: commands.reopen(tx, id, asked, text="Still broken.")),
}
_OFTEN = ("seller answers", "seller answers", "seller answers", "buyer writes", "buyer writes", "support answers")


@dataclass
class Workload:
    """Commands with the answers that they got. ``acknowledged`` were answered 2xx, ``refused`` definitely did nothing."""

    world: World
    tickets: list[str] = field(default_factory=list)
    opened_at: dict[str, float] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)
    """Asked by two at once: one may be refused and the other still be served."""
    pending: int = 0
    tries: Counter[str] = field(default_factory=Counter)

    async def prepare(self, tickets: int) -> None:
        """An order for each ticket, before anything goes wrong."""
        transact = ticketing(self.world)
        for number in range(tickets):
            await transact(know_order, an_order(id=f"order-{number}"))

    async def open(self, number: int) -> None:
        """A buyer opens a ticket about an order."""
        id = self._id(f"ticket {number}")
        ids = Ids(ticket=id, message=f"{id}/opening", events=tuple(self._id(f"{id} opening {n}") for n in range(4)))
        opening = Opening(
            person=BUYER,
            cause=f"command:{id}",
            ids=(ids,),
            order_id=f"order-{number}",
            line_ids=("line-1",),
            problem_type=ProblemType.DEFECTIVE_ITEM,
            text="It is broken.",
        )

        async def use_case(tx: Any) -> Answer:
            await open_tickets(tx, opening)
            return Answer(201, {})

        if await self._once(id, use_case):
            self.tickets.append(id)
            self.opened_at[id] = self.world.loop.time()

    async def do(self, name: str, ticket: str) -> None:
        """One command of somebody who has just read the ticket."""
        self.tries[name] += 1
        person, command = _COMMANDS[name]
        id = self._id(f"{ticket} {name} {self.tries.total()}")

        async def use_case(tx: Any) -> Answer:
            conversation = await tx.conversations.get(ticket)
            asked = Asked(
                person=person,
                cause=f"command:{id}",
                event_ids=tuple(self._id(f"{id} {n}") for n in range(4)),
                message_id=f"{id}/message",
                read=conversation.sequence if conversation else None,
            )
            await command(tx, ticket, asked)
            return Answer(200, {})

        await self._once(id, use_case)

    async def around(self, due: dict[str, float], *, share: float = 0.7) -> None:
        """Somebody does something about tickets when their answers are due: a little before, exactly then, a little after."""
        chance, plans = self.world.chance, list[tuple[float, str, str]]()
        for ticket, instant in due.items():
            if chance.random() < share:
                name = chance.choice(_OFTEN if chance.random() < 0.75 else tuple(_COMMANDS))
                plans.append((instant + chance.choice((-6.0, -1.0, -0.1, 0.0, 0.1, 3.0)) * (0.5 + chance.random()), name, ticket))
        await self._carry_out(plans)

    async def some(self, number: int, seconds: float) -> None:
        """Commands at any time."""
        chance, now = self.world.chance, self.world.loop.time()
        await self._carry_out(
            [(now + chance.random() * seconds, chance.choice((*_OFTEN, *_COMMANDS)), chance.choice(self.tickets)) for _ in range(number)]
            if self.tickets
            else []
        )

    async def _carry_out(self, plans: list[tuple[float, str, str]]) -> None:
        for at, name, ticket in sorted(plans):
            await pause(max(0.0, at - self.world.loop.time()))
            self.world.beside(self.do(name, ticket))

    async def _once(self, id: str, use_case: Callable[[Any], Awaitable[Answer]]) -> bool:
        """Ask, and again with the same key until there is an answer; twice at once now and then."""
        chance, key = self.world.chance, self.key(id)
        self.pending += 1
        while True:
            replica = chance.randrange(2)
            if chance.random() < 0.1:
                self.twice.add(id)
                self.world.beside(self._ask(replica, key, use_case))
            answer = await self._ask(replica, key, use_case)
            if isinstance(answer, Answer | Refusal):
                break
            if answer is not None and not isinstance(answer, NotRun):
                raise answer
            await pause(chance.random())
        self.pending -= 1
        (self.acknowledged if isinstance(answer, Answer) else self.refused).add(id)
        return isinstance(answer, Answer)

    def key(self, id: str) -> CommandKey:
        """What names the command in the database."""
        return CommandKey("somebody", "/somewhere", id, "fingerprint")

    async def _ask(self, replica: int, key: CommandKey, use_case: Callable[[Any], Awaitable[Answer]]) -> Any:
        return await self.world.ask(f"ticketing-serve-{replica}", lambda: self.world.serving[replica].once(key, use_case))

    def _id(self, name: str) -> str:
        return str(uuid5(NAMESPACE_OID, f"{self.world.seed} {name}"))
