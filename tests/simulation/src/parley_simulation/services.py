"""The services of a world, put together from the product's own parts: ticketing with its commands, and the monitor."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from parley_chassis.loops import Loop, supervise
from parley_chassis.mongo import Transactions
from parley_chassis.relay import Relay
from parley_chassis.security import OPEN, KafkaSecurity
from parley_chassis.subscription import Subscription
from parley_contracts import sla
from parley_contracts.ticketing import SOURCE as TICKETING
from parley_contracts.topics import ORDERS, PARTIES, RESPONSES, TICKETS, Topic
from parley_conversation.store import Writers
from sla_monitor.consumers import subscription as monitor_subscription
from sla_monitor.domain.policy import Policy
from sla_monitor.publishing import published as published_by_monitor
from sla_monitor.store import Due, Shelf
from sla_monitor.store import MongoTransaction as MonitorTransaction
from sla_monitor.use_cases.policies import adopt
from ticketing.consumers import subscription as ticketing_subscription
from ticketing.publishing import published as published_by_ticketing
from ticketing.publishing import told
from ticketing.store import MongoTickets
from ticketing.testing import A_MARKET

from parley_simulation.kafka import Consumer, Group, MemoryKafka
from parley_simulation.waiting import pause
from parley_simulation.world import World

Transact = Transactions[Any]


@dataclass(frozen=True)
class Settings:
    """As much of a service's settings as a relay asks for."""

    service: str
    kafka_bootstrap_servers: str = ""
    kafka_security: KafkaSecurity = OPEN
    topic_prefix: str = ""


def ticketing(world: World) -> Transact:
    """A process's runner of ticketing's use cases."""
    publishes: dict[str, Any] = {"publish": published_by_ticketing, "tell": told}
    return _transactions(world, "ticketing", lambda unit: MongoTickets(unit, markets={"de": A_MARKET}, writers=Writers(), **publishes))


def monitor(world: World) -> Transact:
    """A process's runner of the monitor's use cases."""
    shelf = Shelf()
    return _transactions(world, "sla-monitor", lambda unit: MonitorTransaction(unit, publish=published_by_monitor, shelf=shelf))


def _transactions(world: World, name: str, open_: Callable[[Any], Any]) -> Transact:
    return Transactions(world.database(name), open_, clock=world.clock(), jitter=world.chance.random)


def start(world: World, *, replicas: int = 2, ack_first: bool = False) -> None:
    """Two replicas of both workers, and of the process that takes commands."""
    heard = Group(world.broker, "ticketing", (RESPONSES, PARTIES, ORDERS))
    followed = Group(world.broker, "sla-monitor", monitor_subscription(monitor(world), Due(world.database("sla-monitor")).nothing).topics)
    for number in range(replicas):
        world.keep(f"ticketing-serve-{number}", lambda number=number: _serve(world, number))  # type: ignore[misc]
        world.keep(f"ticketing-work-{number}", lambda: _ticketing_worker(world, heard, ack_first))
        world.keep(f"sla-monitor-work-{number}", lambda: _monitor_worker(world, followed, ack_first))


async def _serve(world: World, number: int) -> None:
    """What `serve` runs: the one runner of a process, which its commands share."""
    world.serving[number] = ticketing(world)
    while True:
        await pause(3600)


def _ticketing_worker(world: World, group: Group, ack_first: bool) -> Coroutine[Any, Any, None]:
    return _work(world, "ticketing", [TICKETS], TICKETS, TICKETING, ticketing_subscription(ticketing(world)), group, ack_first)


async def _monitor_worker(world: World, group: Group, ack_first: bool) -> None:
    transact = monitor(world)
    await transact(adopt, {"de": Policy()})
    follower = monitor_subscription(transact, Due(world.database("sla-monitor")).nothing)
    await _work(world, "sla-monitor", [RESPONSES], None, sla.SOURCE, follower, group, ack_first)


async def read(world: World, group: Group, *, ack_first: bool) -> None:
    """The monitor's consumer alone."""
    transact = monitor(world)
    await transact(adopt, {"de": Policy()})
    await _consumer(monitor_subscription(transact, Due(world.database("sla-monitor")).nothing), group, ack_first).run()


def _consumer(subscription: Subscription[Any], group: Group, ack_first: bool) -> Consumer:
    topics = {topic.name: topic for topic in subscription.topics}
    return Consumer(group, lambda records, me: subscription.handle(records, topics, me), ack_first=ack_first)


async def _work(
    world: World,
    name: str,
    publishes: list[Topic],
    marked: Topic | None,
    source: str,
    subscription: Subscription[Any],
    group: Group,
    ack_first: bool,
) -> None:
    """What `work` runs: the relay and the consumer, which end together."""
    relay = Relay(
        world.database(name),
        Settings(name),
        publishes,
        marked,
        source,
        clock=world.clock(),
        elapsed=world.loop.time,
        die=world.die,
        kafka=MemoryKafka(world.broker),
    )
    await supervise([Loop("relay", relay.run), Loop("consumer", _consumer(subscription, group, ack_first).run)])
