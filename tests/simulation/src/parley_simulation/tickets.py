"""A history of tickets: opened, answered or not, overdue, handed over, with faults all the way, and drained at its end."""

from datetime import datetime, timedelta
from functools import partial

from parley_chassis.outbox import HEARTBEAT
from parley_chassis.positions import POSITIONS, place_id
from parley_contracts.topics import PARTITIONS, RESPONSES, TICKETS

from parley_simulation import services
from parley_simulation.checking import check_all
from parley_simulation.loop import run
from parley_simulation.waiting import pause
from parley_simulation.workload import SUPPORT_TARGET, TARGET, Workload
from parley_simulation.world import World


def live(seed: int, *, ack_first: bool = False) -> World:
    """One history; raises what does not hold."""
    world = World(seed)
    run(world.loop, _live(world, ack_first))
    return world


async def _live(world: World, ack_first: bool) -> None:
    workload, chance = Workload(world), world.chance
    await workload.prepare(chance.randint(2, 5))
    services.start(world, ack_first=ack_first)
    number = chance.randint(1, 5)
    await pause(chance.random())
    world.beside(world.trouble(6))
    for each in range(number):
        world.beside(workload.open(each % 5))
        await pause(chance.random())
    await world.until("tickets are open", lambda: workload.pending == 0)
    await workload.some(chance.randint(0, 3), 3.0)
    begun = world.loop.time()
    for span in (TARGET, SUPPORT_TARGET):
        world.loop.jump(span - (world.loop.time() - begun) - 3)
        begun = world.loop.time()
        world.beside(world.trouble(15))
        await workload.around({ticket: instant + span for ticket, instant in workload.opened_at.items()})
        await pause(6)
    await drain(world, workload)
    check_all(world, workload)


async def drain(world: World, workload: Workload) -> None:
    """Heal everything, and wait until nothing moves any more."""
    world.heal()
    await world.until("every command is answered", lambda: workload.pending == 0)
    while True:
        events, since = _events(world), world.server("ticketing").now
        # Less than a lease lasts, so that nobody dies of it.
        await world.until("all is published, read and watermarked", partial(_rests, world, since), skip=2.0)
        if _events(world) == events:
            return


def _events(world: World) -> int:
    return sum(1 for server in world.servers.values() for _, row in server.log if row["_id"] != HEARTBEAT)


def _rests(world: World, since: datetime) -> bool:
    ticketing, monitor, broker = world.server("ticketing"), world.server("sla-monitor"), world.broker
    for number in range(PARTITIONS):
        place = monitor.get(POSITIONS, place_id(TICKETS.name, number))
        if place is None or place["watermark"] is None or place["watermark"] < since - timedelta(seconds=1):
            return False
        reader = ticketing.get(POSITIONS, place_id(RESPONSES.name, number))
        if (reader["offset"] if reader else -1) + 1 < broker.end_of((RESPONSES.name, number)):
            return False
    sent = {dict(record.headers).get("ce_id", b"").decode() for log in broker.logs.values() for record in log}
    return all(row["_id"] in sent for server in world.servers.values() for _, row in server.log if row["_id"] != HEARTBEAT)
