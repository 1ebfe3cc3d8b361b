"""People at work: clients that open, answer, close, appeal and repeat themselves, and answers placed around the due time."""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from parley_drill.board import Board, Known
from parley_drill.calling import OK, Answer, Caller, Command
from parley_drill.marketplace import PROBLEMS, Market, Order
from parley_drill.people import deed, member_of
from parley_drill.plan import TARGET, Plan
from parley_drill.sink import DEAD

REPEATED = 0.15
DOUBLED = 0.05
TIMED = 0.4
AROUND_DUE = 0.8
"""Seconds before or after the due time at which a timed answer is sent."""


@dataclass
class Workload:
    """Runs until ``stopping`` is set; then the answers that are still planned are given up."""

    plan: Plan
    caller: Caller
    market: Market
    board: Board
    orders: Iterator[Order]
    chance: random.Random
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _planned: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    def of(cls, plan: Plan, caller: Caller, orders: Iterator[Order], seed: int) -> "Workload":
        chance = random.Random(seed)
        return cls(plan, caller, caller.market, Board(chance), orders, chance)

    async def run(self) -> None:
        """All clients."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self.plan.clients):
                group.create_task(self._at_pace(self.plan.rate, self._act))
                group.create_task(self._at_pace(self.plan.reads, self._look))
        for task in self._planned:
            task.cancel()
        await asyncio.gather(*self._planned, return_exceptions=True)

    async def _at_pace(self, rate: float, does: Callable[[], Awaitable[None]]) -> None:
        """One of the clients that do this ``rate`` times a second together."""
        pause = self.plan.clients / rate
        while not self.stopping.is_set():
            began = time.monotonic()
            await does()
            left = pause * (0.5 + self.chance.random()) - (time.monotonic() - began)
            if left > 0:
                await asyncio.sleep(left)

    async def _act(self) -> None:
        draw = self.chance.random()
        known = self.board.pick()
        if known is None or draw < 0.15:
            await self._open_ticket()
        elif draw < 0.27:
            await self._ask()
        else:
            await self._go_on(known)

    async def _look(self) -> None:
        """Somebody of the shop opens a conversation, most often one that is being written to."""
        if known := self.board.pick():
            await self.caller.read(member_of(self.market, known.shop, self.chance), known.service, known.path)

    async def _open_ticket(self) -> None:
        order = next(self.orders)
        body = {"order_id": order.id, "line_ids": ["1"], "problem_type": self.chance.choice(PROBLEMS), "text": "It does not work."}
        answer = await self._send(Command(order.buyer, "ticketing", "/v1/tickets", body, self._key()))
        if answer.outcome == OK:
            self._opened(self.board.add("ticketing", order.buyer, answer.body))

    async def _ask(self) -> None:
        shop = self.chance.choice(self.market.shops).id
        body: dict[str, object] = {"context": self.caller.contexts[shop], "text": "Is it bright enough?"}
        buyer, principal = self.chance.choice(self.market.buyers).id, ""
        if guest := self.chance.random() < 0.5:
            address = f"{DEAD if self.chance.random() < 0.1 else ''}guest-{self.chance.randrange(10**9)}@{self.market.domain}"
            body["guest"] = {"name": "Guest", "email": address, "language": "en"}
            principal = f"guest:{sha256(address.encode()).hexdigest()}"
        command = Command(None if guest else buyer, "inquiries", "/v1/inquiries", body, self._key(), principal=principal)
        answer = await self._send(command)
        if answer.outcome == OK:
            self._opened(self.board.add("inquiries", None if guest else buyer, answer.body))

    async def _go_on(self, known: Known) -> None:
        does = deed(known, self.market, self.chance)
        version = known.version if does.if_match else None
        answer = await self._send(Command(does.who, known.service, f"{known.path}/{does.command}", does.body, self._key(), version))
        if answer.outcome == OK:
            self.board.update(answer.body)

    async def _send(self, command: Command) -> Answer:
        """Once; or twice at the same moment; or again after the answer, as somebody who did not get it would."""
        draw = self.chance.random()
        if draw < DOUBLED:
            answers = await asyncio.gather(self.caller.command(command), self.caller.command(command))
            return next((each for each in answers if each.outcome == OK), answers[0])
        answer = await self.caller.command(command)
        if draw < DOUBLED + REPEATED:
            await self.caller.command(command, attempts=1)
        return answer

    def _opened(self, known: Known) -> None:
        if self.chance.random() < TIMED:
            task = asyncio.create_task(self._answer_around_due(known))
            self._planned.add(task)
            task.add_done_callback(self._planned.discard)

    async def _answer_around_due(self, known: Known) -> None:
        """The seller answers a moment before or after the time is over: which of both, the database's clock decides."""
        at = known.opened_at + TARGET
        await asyncio.sleep(at.timestamp() + self.chance.uniform(-AROUND_DUE, AROUND_DUE) - time.time())
        who = member_of(self.market, known.shop, self.chance)
        await self.caller.command(Command(who, known.service, f"{known.path}/reply", {"text": "Just so."}, self._key()))

    def _key(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
