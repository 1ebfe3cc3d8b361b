"""The drill's marketplace: a market with a target of seconds, its people, its orders, and the pages that guests ask from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from aiokafka import AIOKafkaProducer
from parley_contracts.envelope import Envelope, EventData
from parley_contracts.marketplace import SOURCE, OrderChanged, OrderLine, OrderState, PartyKind
from parley_contracts.topics import ORDERS, PARTIES, Topic
from parley_local.layout import ROOT
from parley_local.people import Person, Shop

from parley_drill.plan import TARGET

MARKET = "drill"
BUYERS = tuple(Person(f"buyer-{n}", f"Buyer {n}", PartyKind.BUYER, MARKET, "en", "DE") for n in range(8))
SHOPS = tuple(Shop(f"shop-{n}", f"Shop {n}", MARKET) for n in range(4))
MEMBERS = tuple(Person(f"member-{n}", f"Member {n}", PartyKind.MEMBER, MARKET, "en", "DE", shop=f"shop-{n // 2}") for n in range(8))
AGENTS = tuple(Person(f"agent-{n}", f"Agent {n}", PartyKind.SUPPORT, MARKET, "en", "DE", markets=(MARKET,)) for n in range(2))
PEOPLE = (*BUYERS, *MEMBERS, *AGENTS)
PROBLEMS = ("defective_item", "order_status")
"""One of each of two categories: an order can have a ticket of either."""

_SECONDS = f"{TARGET.seconds}s"


@dataclass(frozen=True, slots=True)
class Order:
    """An order of one line."""

    id: str
    buyer: str
    shop: str


def orders(count: int) -> list[Order]:
    return [Order(f"O-{n}", BUYERS[n % len(BUYERS)].id, SHOPS[(n // len(BUYERS)) % len(SHOPS)].id) for n in range(count)]


def market_folder(folder: Path) -> Path:
    """The market's file: that of the demonstration, with shorter times."""
    made = folder / "markets"
    made.mkdir(parents=True, exist_ok=True)
    market: dict[str, Any] = yaml.safe_load((ROOT / "config" / "markets" / "fast.yaml").read_text())
    market |= {"id": MARKET, "name": "Drill"}
    market["response"] |= {
        "policy": "drill", "target": _SECONDS, "warn_at": ["3s"], "support_target": _SECONDS, "support_warn_at": ["3s"],
    }  # fmt: skip
    (made / f"{MARKET}.yaml").write_text(yaml.safe_dump(market, sort_keys=False))
    return made


async def tell(servers: str, prefix: str, known: list[Order]) -> None:
    """Publish everybody and every order on the inbound topics."""
    producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        now = datetime.now(UTC)
        for topic, subject, data in _facts(known, now):
            envelope = _envelope(subject, data, now)
            await producer.send(prefix + topic.name, envelope.value, key=envelope.key, headers=list(envelope.headers()))
        await producer.flush()
    finally:
        await producer.stop()


def _facts(known: list[Order], now: datetime) -> Iterator[tuple[Topic, str, EventData]]:
    for shop in SHOPS:
        yield PARTIES, shop.id, shop.party()
    for person in PEOPLE:
        yield PARTIES, person.id, person.party()
    for order in known:
        yield ORDERS, order.id, _changed(order, now)


def _changed(order: Order, now: datetime) -> OrderChanged:
    line = OrderLine(id="1", seller_id=order.shop, product_id="lamp", title="Lamp", quantity=1, price_minor=1900)
    return OrderChanged(
        id=order.id,
        number=order.id,
        transaction_id=f"TX-{order.id}",
        buyer_id=order.buyer,
        state=OrderState.OPEN,
        currency="EUR",
        market=MARKET,
        delivery_country="DE",
        placed_at=now - timedelta(days=1),
        lines=(line,),
    )


def _envelope(subject: str, data: EventData, now: datetime) -> Envelope:
    id = f"{subject}/{now.isoformat()}"
    return Envelope.of(
        data, id=id, source=SOURCE, subject=subject, time=now, sequence=None, correlationid=id, causationid=f"marketplace:{subject}"
    )
