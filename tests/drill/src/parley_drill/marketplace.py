"""The drill's marketplace: markets with a target of seconds, their people and their orders."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import yaml
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from parley_contracts.envelope import Envelope, EventData
from parley_contracts.marketplace import SOURCE, OrderChanged, OrderLine, OrderState, PartyKind
from parley_contracts.partitions import partition_of
from parley_contracts.topics import ORDERS, PARTIES, Topic
from parley_local.layout import ROOT
from parley_local.people import Person, Shop

from parley_drill.plan import TARGET

PROBLEMS = ("defective_item", "order_status")
"""One of each of two categories: an order can have a ticket of either."""

GIVEN_UP = 5.0

_SECONDS = f"{TARGET.seconds}s"


@dataclass(frozen=True, slots=True)
class Order:
    """An order of one line."""

    id: str
    buyer: str
    shop: str


@dataclass(frozen=True, slots=True)
class Market:
    """A market and everybody in it; all of them get their mail at ``domain``."""

    id: str
    domain: str
    buyers: tuple[Person, ...]
    shops: tuple[Shop, ...]
    members: tuple[Person, ...]
    agents: tuple[Person, ...]

    @classmethod
    def of(cls, id: str, *, domain: str, prefix: str = "") -> Self:
        """``prefix`` keeps its ids apart from those of other markets."""

        def person(role: str, n: int, kind: PartyKind, **more: Any) -> Person:
            name = f"{prefix}{role}-{n}"
            return Person(name, name.replace("-", " ").capitalize(), kind, id, "en", "DE", domain=domain, **more)

        return cls(
            id,
            domain,
            buyers=tuple(person("buyer", n, PartyKind.BUYER) for n in range(8)),
            shops=tuple(Shop(f"{prefix}shop-{n}", f"Shop {n}", id) for n in range(4)),
            members=tuple(person("member", n, PartyKind.MEMBER, shop=f"{prefix}shop-{n // 2}") for n in range(8)),
            agents=tuple(person("agent", n, PartyKind.SUPPORT, markets=(id,)) for n in range(2)),
        )

    @property
    def people(self) -> tuple[Person, ...]:
        return (*self.buyers, *self.members, *self.agents)

    def orders(self, count: int) -> list[Order]:
        buyers, shops = self.buyers, self.shops
        return [Order(f"{self.id}-{n}", buyers[n % len(buyers)].id, shops[(n // len(buyers)) % len(shops)].id) for n in range(count)]


DRILL = Market.of("drill", domain="example.org")
QUIET = Market.of("quiet", domain="quiet.example", prefix="quiet-")
"""The neighbour whom nothing may disturb: only the drill of isolation has people there."""
MARKETS = (DRILL, QUIET)


def markets_folder(folder: Path) -> Path:
    """The markets' files: that of the demonstration, with shorter times. Those of the local stack have a folder beside it."""
    made = folder / "drill-markets"
    made.mkdir(parents=True, exist_ok=True)
    for each in MARKETS:
        market: dict[str, Any] = yaml.safe_load((ROOT / "config" / "markets" / "fast.yaml").read_text())
        market |= {"id": each.id, "name": each.id.capitalize()}
        market["response"] |= {
            "policy": "drill", "target": _SECONDS, "warn_at": ["3s"], "support_target": _SECONDS, "support_warn_at": ["3s"],
        }  # fmt: skip
        (made / f"{each.id}.yaml").write_text(yaml.safe_dump(market, sort_keys=False))
    return made


async def tell(servers: str, market: Market, known: list[Order]) -> None:
    """Publish everybody of the market and every order on the inbound topics."""
    producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        now = datetime.now(UTC)
        for topic, subject, data in _facts(market, known, now):
            told = envelope(subject, data, now)
            await producer.send(topic.name, told.value, key=told.key, headers=list(told.headers()))
        await producer.flush()
    finally:
        await producer.stop()


async def write(
    servers: str, subject: str, value: bytes | None, headers: Iterable[tuple[str, bytes]] = (), *, topic: Topic = PARTIES
) -> bool:
    """Put a record on a topic of the marketplace as it is, null to erase; whether that was acknowledged."""
    key = subject.encode()
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", request_timeout_ms=5_000)
    try:
        async with asyncio.timeout(GIVEN_UP):  # while the broker is down it would never give up by itself
            await producer.start()
            await producer.send_and_wait(topic.name, value, key=key, headers=list(headers), partition=partition_of(key))
        return True
    except (KafkaError, TimeoutError):
        return False
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(producer.stop(), GIVEN_UP)


def _facts(market: Market, known: list[Order], now: datetime) -> Iterator[tuple[Topic, str, EventData]]:
    for shop in market.shops:
        yield PARTIES, shop.id, shop.party()
    for person in market.people:
        yield PARTIES, person.id, person.party()
    for order in known:
        yield ORDERS, order.id, changed(market, order, now)


def changed(market: Market, order: Order, now: datetime) -> OrderChanged:
    line = OrderLine(id="1", seller_id=order.shop, product_id="lamp", title="Lamp", quantity=1, price_minor=1900)
    return OrderChanged(
        id=order.id,
        number=order.id,
        transaction_id=f"TX-{order.id}",
        buyer_id=order.buyer,
        state=OrderState.OPEN,
        currency="EUR",
        market=market.id,
        delivery_country="DE",
        placed_at=now - timedelta(days=1),
        lines=(line,),
    )


def envelope(subject: str, data: EventData, now: datetime) -> Envelope:
    id = f"{subject}/{now.isoformat()}"
    return Envelope.of(
        data, id=id, source=SOURCE, subject=subject, time=now, sequence=None, correlationid=id, causationid=f"marketplace:{subject}"
    )
