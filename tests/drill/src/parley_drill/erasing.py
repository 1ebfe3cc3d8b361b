"""One wave's people who leave: they write and are written to, and are erased while both goes on and the faults hit."""

import asyncio
import json
import random
import uuid
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

from parley_contracts.envelope import EventData
from parley_contracts.marketplace import Address
from parley_contracts.topics import ORDERS
from parley_local.people import SHOP_SERVICE
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pymongo.errors import PyMongoError

from parley_drill.calling import OK, REFUSED, Answer, Caller, Command
from parley_drill.databases import Databases
from parley_drill.journal import Journal
from parley_drill.leaving import Leaver, Marks
from parley_drill.marketplace import Order, changed, envelope, write
from parley_drill.searching import searched

PAUSE = 1.0
"""Seconds before something is tried again."""
ROUND = 4.0
"""Seconds, on average, from one round of words to the next."""
LOOKED_AFTER = 0.3
"""Of the time until they are erased: before the faults begin, or nearly, for a search under faults takes long."""


@dataclass
class Farewell:
    """``leaving`` calls as those who leave, ``staying`` as everybody else. All that is personal of somebody has that person's mark."""

    leaving: Caller
    staying: Caller
    servers: str
    databases: Databases | None
    """Where to look for them before they are erased; not each time, for that takes a while."""
    erasures: Journal
    chance: random.Random
    by_topic: bool
    """Whether the marketplace may write tombstones itself: where clocks jump, its own would decide which word is the newest."""
    guest: Leaver | None = None
    orders: tuple[Order, ...] = ()
    _opened: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The service and the path of each conversation, by what it is here."""
    _gone: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        (buyer,), (shop,), (member, _) = self.leaving.market.buyers, self.leaving.market.shops, self.leaving.market.members
        self.buyer, self.member, self.shop = Leaver.of(buyer), Leaver.of(member), Leaver.of(shop)
        self.unreadable = f"{buyer.id}-unreadable"

    async def prepare(self) -> None:
        """The marketplace tells again of the buyer, through the inlet now, and of two orders; on the topics it makes mistakes."""
        (buyer,), now = self.leaving.market.buyers, datetime.now(UTC)
        shops = self.staying.market.shops[0], self.leaving.market.shops[0]
        self.orders = tuple(Order(f"{buyer.id}-{number}", buyer.id, shop.id) for number, shop in enumerate(shops))
        home = Address(name=buyer.name, lines=(f"{self.buyer.mark} street 1",), postal_code="1010", city="Vienna", country="AT")
        await self._word("PUT", f"parties/{buyer.id}", buyer.party())
        for order in self.orders:
            sold = changed(self.staying.market, order, now).model_copy(update={"delivery_address": home})
            await self._word("PUT", f"orders/{order.id}", sold)
        told = envelope(buyer.id, buyer.party(), now)
        unreadable = json.loads(buyer.party().model_dump_json()) | {"wants_mail": self.buyer.mark}
        await write(self.servers, buyer.id, json.dumps(unreadable).encode(), told.headers())
        unknown = envelope(self.unreadable, sold.model_copy(update={"id": self.unreadable, "market": "atlantis"}), now)
        await write(self.servers, self.unreadable, unknown.value, unknown.headers(), topic=ORDERS)
        of_nobody = [(name, b"nobody" if name == "ce_subject" else value) for name, value in told.headers()]
        await write(self.servers, buyer.id, told.value, of_nobody)

    async def run(self, wait: float) -> None:
        """They live here for so many seconds, and are erased; a guest of whom nobody knows yet, when all has been said."""
        talking = asyncio.create_task(self._talk())
        await asyncio.sleep(wait * LOOKED_AFTER)
        before, _ = await asyncio.gather(self._found(), asyncio.sleep(wait * (1 - LOOKED_AFTER)))
        people = [each for each in (self.buyer, self.member, self.guest) if each]
        await asyncio.gather(*(self._erase(each, before) for each in people))
        await self._erase(self.shop, before)
        self._gone.set()
        await talking
        if self.guest and self.guest not in people:
            await self._erase(self.guest, before)

    async def _talk(self) -> None:
        """Until they are gone: what comes before the erasure goes with it, what comes after it is refused."""
        signed = {"title": f"As ever, {self.shop.mark}", "text": f"Yours, {self.shop.mark}"}
        template = self.leaving.tell("POST", self.member.id, "/v1/tickets/reply-templates", signed, key=self._key())
        picture, *_ = await asyncio.gather(self._upload(), self._upload(), template)  # no message takes the second one
        await asyncio.gather(*self._opening([picture.body["id"]] if picture.outcome == OK else []))
        while not self._gone.is_set():
            await asyncio.gather(*self._words(), self._upload())
            await asyncio.sleep(ROUND * (0.5 + self.chance.random()))

    def _opening(self, attached: list[str]) -> Iterator[Coroutine[Any, Any, None]]:
        """The buyer asks both shops, with a picture; a guest asks one that stays; somebody who stays asks the shop that goes."""
        staying, going = self.staying.market.shops[0].id, self.leaving.market.shops[0].id
        for name, order, images in zip(("ticket", "ticket of the shop"), self.orders, (attached, []), strict=True):
            text = f"I am {self.buyer.mark}."
            body = {"order_id": order.id, "line_ids": ["1"], "problem_type": "defective_item", "text": text, "attachments": images}
            yield self._open(name, self._say(self.leaving, self.buyer.id, "ticketing", "/v1/tickets", body))
        question = {"context": self.staying.contexts[staying], "text": f"Please write to {self.buyer.mark}."}
        yield self._open("inquiry", self._say(self.leaving, self.buyer.id, "inquiries", "/v1/inquiries", question))
        yield self._open("guest's", self._ask(staying))
        of_the_shop = {"context": self.leaving.contexts[going], "text": "Is it bright enough?"}
        yield self._open("other's", self._say(self.staying, self.staying.market.buyers[0].id, "inquiries", "/v1/inquiries", of_the_shop))

    async def _open(self, name: str, asking: Coroutine[Any, Any, Answer]) -> None:
        answer = await asking
        if answer.outcome == OK:
            service, kind = ("ticketing", "tickets") if name.startswith("ticket") else ("inquiries", "inquiries")
            self._opened[name] = service, f"/v1/{kind}/{answer.body['id']}"

    async def _ask(self, shop: str) -> Answer:
        """Who a guest is stands in the answer alone."""
        domain = self.leaving.market.domain
        mark, address = domain.partition(".")[0], f"guest@{domain}"
        body = {
            "context": self.staying.contexts[shop],
            "text": f"Please write to {mark}.",
            "guest": {"name": f"Guest {mark}", "email": address, "language": "en"},
        }
        principal = f"guest:{sha256(address.encode()).hexdigest()}"
        answer = await self.leaving.command(Command(None, "inquiries", "/v1/inquiries", body, self._key(), principal=principal))
        if answer.outcome == OK:
            self.guest = Leaver(answer.body["buyer"]["id"], "guest", mark, address)
        return answer

    def _words(self) -> Iterator[Coroutine[Any, Any, Answer]]:
        """What they write, and what is written to them and about them."""
        seller, agent = self.staying.market.members[0].id, self.staying.market.agents[0].id
        own, dear = {"text": f"{self.buyer.mark} is waiting."}, {"text": f"Dear {self.buyer.mark}, we look into it."}
        if place := self._opened.get("ticket"):
            yield self._say(self.leaving, self.buyer.id, *place, own, "/reply")
            yield self._say(self.staying, seller, *place, dear, "/reply")
            yield self._say(self.staying, seller, *place, {**dear, "visibility": "backstage"}, "/note")
            yield self._say(self.staying, agent, *place, {**dear, "visibility": "internal"}, "/note")
            note = {"text": f"{self.buyer.mark} is at home at noon.", "to_customer": False}
            yield self._say(self.staying, seller, "ticketing", f"/v1/orders/{self.orders[0].id}/notes", note)
        if place := self._opened.get("ticket of the shop"):
            yield self._say(self.leaving, self.member.id, *place, dear, "/reply")
        if place := self._opened.get("inquiry"):
            yield self._say(self.leaving, self.buyer.id, *place, own, "/reply")
            yield self._say(self.staying, seller, *place, dear, "/reply")
        if self.guest and (place := self._opened.get("guest's")):
            about = {"text": f"Dear {self.guest.mark}, we do."}
            yield self._say(self.staying, seller, *place, about, "/reply")
            yield self._say(self.staying, agent, *place, {**about, "visibility": "internal"}, "/note")

    async def _found(self) -> list[str]:
        """Where something of them is kept now: a search that finds nothing before proves nothing afterwards."""
        marks = Marks([each.told() for each in (self.buyer, self.member, self.shop, self.guest) if each])
        while self.databases is not None:
            try:
                _, traces = await searched(self.databases.everything(), marks)
                return sorted({f"{each['database']}.{each['collection']}" for each in traces})
            except PyMongoError:
                await asyncio.sleep(PAUSE)  # the database is down just now
        return []

    async def _erase(self, who: Leaver, before: Sequence[str]) -> None:
        """As one marketplace or another does it; the inlet takes it in any case."""
        topic = self.by_topic and self.chance.random() < 0.5 and await write(self.servers, who.id, None)
        if not topic:
            await self._word("DELETE", f"parties/{who.id}")
        orders = [*(each.id for each in self.orders), self.unreadable] if who is self.buyer else []
        self.erasures.write(**who.told(), how="topic" if topic else "inlet", orders=orders, before=before)

    async def _word(self, method: str, path: str, said: EventData | None = None) -> None:
        body = json.loads(said.model_dump_json(exclude_none=True)) if said else None
        while (answer := await self.leaving.tell(method, SHOP_SERVICE["sub"], f"/v1/marketplace/{path}", body)).outcome != OK:
            if answer.outcome == REFUSED:
                raise RuntimeError(f"the inlet refused {method} {path}: {answer.body}")
            await asyncio.sleep(PAUSE)

    async def _say(self, caller: Caller, who: str, service: str, path: str, body: dict[str, Any], command: str = "") -> Answer:
        return await caller.command(Command(who, service, f"{path}{command}", body, self._key()))

    async def _upload(self) -> Answer:
        return await self.leaving.tell("POST", self.buyer.id, "/v1/tickets/attachments", drawn(self.buyer.mark), key=self._key())

    def _key(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))


def drawn(mark: str) -> bytes:
    """A picture that says in its metadata whose it is, as a camera does."""
    told, file = PngInfo(), BytesIO()
    told.add_text("Author", mark)
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=told)
    return file.getvalue()
