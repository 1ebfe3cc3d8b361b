"""A history of mails: the real dispatcher and its use cases, on the notifier's desk in memory and a server that fails in every phase."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from notifier.dispatch import Dispatcher
from notifier.domain.recipients import party
from notifier.domain.words import State
from notifier.ports import Accepted, Delayed, Job, Mail, NotTried, Outcome, Refused, Unanswered, Withdrawn
from notifier.testing.builders import a_delivery, a_party, a_story, two_markets
from notifier.testing.desk import MemoryDesk
from parley_chassis.commands import Busy, UnknownOutcome

from parley_simulation.database.server import BEGINNING
from parley_simulation.loop import run
from parley_simulation.waiting import pause
from parley_simulation.world import World

REPLY_WAIT = 600.0


@dataclass
class Office:
    """The desk, behind a database that refuses, loses answers and takes its time."""

    world: World
    desk: MemoryDesk = field(default_factory=lambda: MemoryDesk(now=BEGINNING))
    unwell: float = 0.0

    async def __call__(self, use_case: Callable[..., Awaitable[Any]], /, *args: Any, **kwargs: Any) -> Any:
        """One transaction: nothing else runs in it, for the desk in memory never waits."""
        chance = self.world.chance
        await pause(chance.random() * 0.02)
        if chance.random() < self.unwell:
            await pause(3.0)
            raise Busy
        desk = self.desk
        desk.now = BEGINNING + timedelta(seconds=self.world.loop.time())
        rows, dead = dict(desk.deliveries.rows), dict(desk.dead_addresses.rows)
        try:
            result = await use_case(desk, *args, **kwargs)
        except BaseException:
            desk.deliveries.rows, desk.dead_addresses.rows = rows, dead
            raise
        await pause(chance.random() * 0.02)
        if chance.random() < self.unwell:
            raise UnknownOutcome
        return result


@dataclass
class PostOffice:
    """A mail server: what it accepted, in which phase it fails, and how often."""

    world: World
    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    failing: float = 0.0
    silent: float = 0.0
    away: bool = False


class Connection:
    """The mailer of one process: the phases of SMTP, each of which may fail."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office

    async def send(self, mail: Mail, before_text: Callable[[], Awaitable[bool]]) -> Outcome:
        office, chance = self._office, self._office.world.chance
        await pause(chance.random())
        if office.away or chance.random() < office.failing / 2:
            return NotTried(reason="connect: refused")
        await pause(chance.random() * 0.2)
        if chance.random() < office.failing:
            return chance.choice(
                (
                    Delayed(reason="RCPT: 451", code=451),
                    Delayed(reason="RCPT: 421", code=421, host_busy=True),
                    Delayed(reason="RCPT: no reply"),
                    Refused(reason="RCPT: 550 5.1.1", code=550, dead=True),
                    Refused(reason="RCPT: 554", code=554),
                )
            )
        if not await before_text():
            return Withdrawn()
        return await self._text(mail)

    async def _text(self, mail: Mail) -> Outcome:
        office, chance = self._office, self._office.world.chance
        await pause(chance.random() * 0.5)
        if chance.random() < office.failing:
            return Delayed(reason="text: 452", code=452)
        if chance.random() < office.silent:
            if chance.random() < 0.5:
                office.accepted.append((mail.recipient, mail.content))
            await pause(chance.choice((0.1, REPLY_WAIT)))
            return Unanswered(reason="after the final dot: no reply")
        office.accepted.append((mail.recipient, mail.content))
        await pause(chance.choice((0.1, 0.1, 0.1, 30.0)))
        return Accepted(code=250)

    async def close(self) -> None:
        await pause(0.01)


def _written(job: Job) -> Mail:
    return Mail(sender="post@north.example", recipient=job.address, content=f"{job.delivery.id} {job.delivery.message_id}".encode())


def live(seed: int, *, faults: bool = True) -> World:
    """One history; raises what does not hold."""
    world = World(seed)
    run(world.loop, _live(world, faults))
    return world


async def _live(world: World, faults: bool) -> None:
    chance, office, server = world.chance, Office(world), PostOffice(world)
    known = [f"person-{number}" for number in range(3)]
    for id in known[:2]:
        office.desk.people.put(a_party(id, as_of=BEGINNING))
    for number in range(2):
        world.keep(f"notifier-work-{number}", lambda: _dispatch(world, office, server))
    if faults:
        world.beside(_trouble(world, office, server))
    for number in range(chance.randint(1, 8)):
        _order(office, number, chance.choice(known), chance.choice(("c-1", "c-2", f"c-{number}")))
        await pause(chance.choice((0.0, 0.5, 5.0)))
    if chance.random() < 0.7:
        office.desk.people.put(a_party("person-2", as_of=BEGINNING))
        for row in await office.desk.deliveries.unknown([party("person-2").key]):
            office.desk.deliveries.put(row.wake(office.desk.now))
    await _pass_days(world, office, faults)
    _check(office, server, faults)


def _order(office: Office, number: int, person: str, conversation: str) -> None:
    """A row, as the consumer's transaction makes it."""
    now = BEGINNING + timedelta(seconds=office.world.loop.time())
    id = f"d-{number}"
    made = a_delivery(
        id=id,
        event_id=f"e-{number}",
        conversation_id=conversation,
        recipient=party(person),
        message_id=f"{id}@north.example",
        story=a_story(at=now, conversation_id=conversation),
        created=now,
        due=now,
    )
    office.desk.deliveries.rows.setdefault(id, made)


async def _dispatch(world: World, office: Office, server: PostOffice) -> None:
    await Dispatcher(office, Connection(server), _written, two_markets(), mails=3, clock=world.loop.time, jitter=world.chance.random).run()


async def _trouble(world: World, office: Office, server: PostOffice) -> None:
    """Deaths, halts and failures of every kind, for some days or for all."""
    chance, until = world.chance, world.chance.choice((30.0, 60.0, 60.0, 600.0, 10 * 86_400.0))
    while world.loop.time() < until:
        office.unwell = chance.choice((0.0, 0.0, 0.1))
        server.failing, server.silent = chance.choice((0.0, 0.2, 0.6)), chance.choice((0.0, 0.2, 0.9))
        server.away = chance.random() < 0.1
        await chance.choice((world.kill, world.kill_soon, world.kill_soon, world.halt, world.ask_to_stop))()
        world.faults += 1
        await pause(chance.choice((0.3, 2.0, 20.0)))
    office.unwell = server.failing = server.silent = 0.0
    server.away = False


async def _pass_days(world: World, office: Office, faults: bool) -> None:
    """Until every delivery has ended. Time that nothing waits for is passed over; without faults only while no mail is under way."""
    while open_rows := [row for row in office.desk.deliveries.rows.values() if row.due]:
        assert world.loop.time() < 8 * 86_400, f"deliveries never end: {[(row.id, row.state, row.due) for row in open_rows]}"
        now = BEGINNING + timedelta(seconds=world.loop.time())
        idle = (min(row.due for row in open_rows if row.due) - now).total_seconds()
        if idle > 5 and (faults or not any(row.state in (State.CLAIMED, State.DOT) for row in open_rows)):
            world.loop.jump(idle - 1)
        await pause(1.0)


def _check(office: Office, server: PostOffice, faults: bool) -> None:
    """Each mail was accepted or ended where support sees it; copies are no more than what is on record; all copies are the same."""
    rows = office.desk.deliveries.rows
    copies = Counter(content.split()[0].decode() for _, content in server.accepted)
    assert len(set(server.accepted)) == len(copies), "two copies of a mail differ"
    for id, row in rows.items():
        sent = row.state is State.SENT
        assert copies[id] >= sent, f"{id} was never accepted and is called sent"
        assert copies[id] <= row.ambiguous + sent, (
            f"{id} was accepted {copies[id]} times, with {row.ambiguous} ambiguous attempts on record"
        )
        if row.state is State.FOLDED:
            assert row.into is not None
            assert rows[row.into].folds, f"{id} is told in a mail that tells of nothing else"
        if not faults and row.recipient.id != "person-2":
            assert (row.state, row.ambiguous) in ((State.SENT, 0), (State.FOLDED, 0)), f"{id} is {row.state} though nothing went wrong"
    told = Counter(row.id for row in office.desk.published)
    assert all(told[id] <= 1 for id in rows), "the end of a delivery was told twice"
