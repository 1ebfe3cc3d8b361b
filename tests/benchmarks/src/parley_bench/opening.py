"""B1: a ticket over HTTP, state and event atomic. The textbook: FastAPI with one transaction a request."""

import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from parley_chassis.mongo import Database, Transactions
from parley_chassis.mongo.transactions import INDEXES
from parley_conversation.store import Writers
from parley_conversation.testing.issuer import Issuer
from parley_local.ports import HOST, free, listening
from ticketing.publishing import published, told
from ticketing.store import INDEXES as TICKETS
from ticketing.store import MongoTickets
from ticketing.testing import A_MARKET, an_order

from parley_bench.load import post_all
from parley_bench.scene import Servers, beside, scene, until
from parley_bench.serving import Kind, Serving
from parley_bench.ways import OURS, Benchmark, Stage, Way, cheaper, faster

TEXTBOOK, NO_DATABASE = "a transaction a request", "the same server with no database"
ALONE, TEXTBOOK_ALONE = "Parley, one connection", "a transaction a request, one connection"
CONNECTIONS = 32
BUYERS = 40
AT_ONCE = 1_000
COUNTED = ("server", "mongodb")
MARKET = """
id: de
name: Marktplatz
languages: [de, en]
contact_window: 30d
question_window: 120d
messages_per_hour: {buyer: null, seller: null, support: null}
"""


def benchmark(servers: Servers, *, many: int, few: int) -> Benchmark:
    """Buyers who ask where their parcel is, each about an order of its own. The client's own CPU does not count."""
    half, some = many // 2, 5 * few // 2

    def way(name: str, items: int, kind: Kind, connections: int = CONNECTIONS) -> Way:
        return Way(name, items, lambda items: _serving(servers, kind, items, connections), kind != "nothing", COUNTED)

    ways = (
        way(OURS, half, "parley"),
        way(TEXTBOOK, 2 * some, "textbook"),
        way(NO_DATABASE, half, "nothing"),
        way(ALONE, some, "parley", 1),
        way(TEXTBOOK_ALONE, some, "textbook", 1),
    )
    goals = (faster(5, TEXTBOOK), cheaper(6, TEXTBOOK), faster(0.9, TEXTBOOK_ALONE, of=ALONE), faster(0.25, NO_DATABASE))
    return Benchmark("B1", "create a ticket over HTTP, 32 connections", ways, goals, alike=40)


@asynccontextmanager
async def _serving(servers: Servers, kind: Kind, items: int, connections: int) -> AsyncIterator[Stage]:
    """A process of its own, asked from here."""
    with tempfile.TemporaryDirectory() as folder:
        async with scene(servers, [], (*INDEXES, *TICKETS)) as at:
            await _orders(at.database, items)
            port, *others = free(3)
            issuer = Issuer(Path(folder))
            (Path(folder) / "de.yaml").write_text(MARKET)
            wanted = Serving(kind, folder, port, others[0], others[1], servers.mongodb, at.database.name, items)
            async with beside("parley_bench.serving", wanted.as_argument()):
                await until(lambda: listening(port))
                requests = _requests(issuer, items)

                async def work() -> None:
                    await post_all(HOST, port, requests, connections=connections, status=201)

                yield Stage(work, lambda: _left(at.database))


async def _orders(database: Database, items: int) -> None:
    transact = Transactions(
        database, lambda unit: MongoTickets(unit, markets={"de": A_MARKET}, writers=Writers(), publish=published, tell=told)
    )

    async def keep(tx: MongoTickets, numbers: Sequence[int]) -> None:
        await tx.orders.load([f"order-{n}" for n in numbers])
        for n in numbers:
            tx.orders.put(an_order(id=f"order-{n}", number=str(n), buyer_id=f"buyer-{n % BUYERS}"))

    for first in range(0, items, AT_ONCE):
        await transact(keep, range(first, min(items, first + AT_ONCE)))


def _requests(issuer: Issuer, items: int) -> list[bytes]:
    """Whole requests, made before the clock starts."""
    tokens = [issuer.token(f"buyer-{n}", "buyer", locale="de") for n in range(BUYERS)]
    made = []
    for n in range(items):
        said = {"order_id": f"order-{n}", "line_ids": ["line-1"], "problem_type": "tracking", "text": "Where is my parcel? " * 10}
        body = json.dumps(said).encode()
        head = f"POST /v1/tickets HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {tokens[n % BUYERS]}\r\n"
        made.append(f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
    return made


async def _left(database: Database) -> dict[str, Any]:
    """Of each order: the seller who is asked, the message, and what others were told."""
    asked = {row["_id"]: row async for row in database["conversations"].find()}
    texts = {row["conversation_id"]: row["text"] async for row in database["messages"].find()}
    events: dict[str, list[str]] = {}
    async for row in database["outbox"].find():
        events.setdefault(row["key"], []).append(row["type"])
    return {row["about"]["order_id"]: [row["seller_id"], texts[id], events[id]] for id, row in sorted(asked.items(), key=str)}
