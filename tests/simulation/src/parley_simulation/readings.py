"""A history of reading: the monitor's consumer on a log that is written before its eyes, with repeats and exchanged neighbours."""

import random
from datetime import timedelta
from typing import Any

from parley_contracts.topics import TICKETS
from parley_contracts.words import Role
from sla_monitor.testing import Log
from sla_monitor.testing.log import Written

from parley_simulation import services
from parley_simulation.checking import check_clock, check_reading, first
from parley_simulation.kafka import Group, Record
from parley_simulation.loop import run
from parley_simulation.waiting import pause
from parley_simulation.world import World


def live(seed: int, *, ack_first: bool = False) -> World:
    """One history; raises what does not hold."""
    world = World(seed)
    run(world.loop, _live(world, ack_first))
    return world


async def _live(world: World, ack_first: bool) -> None:
    records, group = written(world.chance), Group(world.broker, "sla-monitor", (TICKETS,))
    for number in range(2):
        world.keep(f"sla-monitor-work-{number}", lambda: services.read(world, group, ack_first=ack_first))
    world.beside(world.trouble(2, every=0.3, kinds=world.of_readers))
    for record in records:
        world.broker.put(Record(record.topic, *_rest(record)))
        if world.chance.random() < 0.3:
            await pause(world.chance.random() * 0.4)
    world.heal()
    ends = {place: len(log) for place, log in world.broker.logs.items()}
    await world.until("all is read", lambda: all(group.committed.get(place) == end for place, end in ends.items()))
    published = first(world.broker, TICKETS, in_order=False)
    check_reading(world.server("sla-monitor"), published, TICKETS)
    check_clock(world, published, ways=(True,))


def _rest(record: Written) -> tuple[Any, ...]:
    return record.partition, record.offset, record.timestamp, record.key, record.value, record.headers


def written(chance: random.Random) -> list[Written]:
    """Some days of some conversations, as relays write them that die and are followed by others."""
    log, at, records = Log(), timedelta(), list[Written]()
    subjects = [f"c-{number}" for number in range(chance.randint(1, 4))]
    records += [log.created(subject) for subject in subjects]
    for _ in range(chance.randint(3, 16)):
        at += timedelta(minutes=chance.choice((1, 30, 600, 1440)) * (0.5 + chance.random()))
        subject = chance.choice(subjects)
        match chance.randint(0, 9):
            case 0 | 1 | 2:
                records += log.watermarks(at, (TICKETS,))
            case 3 | 4:
                records.append(log.replied(subject, chance.choice((Role.SELLER, Role.SUPPORT)), at=at))
            case 5 | 6:
                records.append(log.replied(subject, Role.BUYER, at=at))
            case 7:
                records += _exchanged(log, chance, subject, at)
            case _:
                records.append(log.something(chance, subject, at=at))
        if chance.random() < 0.2:
            records += [log.again(each) for each in records[-chance.randint(1, 8) :]]
    return [*records, *log.watermarks(at + timedelta(hours=100), (TICKETS,))]


def _exchanged(log: Log, chance: random.Random, subject: str, at: timedelta) -> list[Written]:
    """Two events of a conversation, the later one first: it is parked until the other comes."""
    before = log.replied(subject, Role.BUYER, at=at)
    after = log.something(chance, subject, at=at + timedelta(seconds=9))
    return [_at(after, before.offset), _at(before, after.offset)]


def _at(record: Written, offset: int) -> Written:
    return Written(record.topic, record.partition, offset, record.timestamp, record.key, record.value, record.headers)
