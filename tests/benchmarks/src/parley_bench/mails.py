"""B8: an event to a mail that a server accepted. The textbook: one event, one mail, one connection."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import aiosmtplib
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, TopicPartition
from notifier.consumers import subscription
from notifier.consumers.subscription import TOPICS
from notifier.dispatch import Dispatcher
from notifier.domain.conversation import Conversation
from notifier.domain.delivery import Delivery, Story
from notifier.domain.identity import delivery_id, message_id, thread_root
from notifier.domain.news import Parties
from notifier.domain.recipients import Party, party
from notifier.domain.rules import Rules
from notifier.domain.words import Audience, Author, Notice
from notifier.domain.words import Kind as NewsKind
from notifier.main import desk
from notifier.ports import Desk, Job
from notifier.rendering import LinkMaker, Renderer
from notifier.settings import Market, SmtpSettings
from notifier.smtp import SmtpMailer
from notifier.store import INDEXES, WakingTransactions
from notifier.use_cases.address_book import know
from parley_chassis.consuming import consume
from parley_chassis.links import Links
from parley_chassis.mongo import Transactions, transactions
from parley_chassis.probes import Readiness
from parley_chassis.subscription import INDEXES as SUBSCRIPTION_INDEXES
from parley_contracts.conversation import Message, ReplyPosted
from parley_contracts.envelope import Envelope
from parley_contracts.partitions import partition_of
from parley_contracts.topics import PARTITIONS, TICKETS
from parley_contracts.words import Category, Kind, Role, Side, State
from pymongo.errors import DuplicateKeyError

from parley_bench.scene import DONE_WITHIN, Record, Scene, Servers, beside, running, scene, until
from parley_bench.sink import COUNT, LONGEST, TOLD
from parley_bench.ways import OURS, Benchmark, Stage, Way, dearer, faster

TEXTBOOK, PIECES = "one event, one mail, one connection", "its parts: write the mail, hand it over"
ALL = (*transactions.INDEXES, *SUBSCRIPTION_INDEXES, *INDEXES)
COUNTED = ("client", "kafka", "mongodb", "sink")
BUYERS = 200
HOSTS = 4
NOW = datetime.now(UTC).replace(microsecond=0)
MARKET = Market.model_validate({
    "id": "de", "name": "Marktplatz", "languages": ["de", "en"], "time_zone": "Europe/Berlin", "imprint": "Marktplatz GmbH",
    "addresses": {"sender": "no-reply@bench.example", "support": "support@bench.example", "oncall": "oncall@bench.example"},
})  # fmt: skip
PEOPLE = [
    Party(id=f"buyer-{n}", kind="buyer", seller_id=None, name=f"Anna {n}", address=f"anna-{n}@host-{n % HOSTS}.example", language="de",
          time_zone=None, market="de", wants_mail=True, as_of=NOW)
    for n in range(BUYERS)
]  # fmt: skip
SHOP = Party(id="shop", kind="seller", seller_id=None, name="Nordlicht", address="shop@bench.example", language="de",
             time_zone=None, market="de", wants_mail=True, as_of=NOW)  # fmt: skip


def benchmark(servers: Servers, *, many: int, few: int) -> Benchmark:
    """Sellers' replies to so many buyers at four mail hosts, timed from the sending of the events to the last delivery's end."""
    ways = (
        Way(OURS, many // 2, lambda items: _notifier(servers, items), counted=COUNTED),
        Way(TEXTBOOK, few, lambda items: _textbook(servers, items), counted=COUNTED),
        Way(PIECES, many, lambda items: _pieces(items), comparable=False, counted=("client", "sink")),
    )
    return Benchmark("B8", "notifier, event to mail accepted", ways, (faster(60, TEXTBOOK), dearer(2.5, PIECES)), alike=60)


@dataclass(frozen=True)
class Sink:
    """The mail server, and the connection on which it is asked."""

    port: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def count(self) -> int:
        return int(await self._ask(COUNT))

    async def told(self) -> dict[str, list[str]]:
        """The subjects of each recipient's mails."""
        found: dict[str, list[str]] = {}
        for to, text in json.loads(base64.b64decode(await self._ask(TOLD))):
            found.setdefault(to, []).append(message_from_string(text, policy=policy.default)["subject"])
        return {to: sorted(subjects) for to, subjects in found.items()}

    async def _ask(self, command: bytes) -> bytes:
        self.writer.write(command + b"\r\n")
        return (await self.reader.readuntil(b"\r\n"))[4:].strip()


@asynccontextmanager
async def _sink() -> AsyncIterator[Sink]:
    async with beside("parley_bench.sink") as process:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LONGEST)
        await reader.readuntil(b"\r\n")
        try:
            yield Sink(port, reader, writer)
        finally:
            writer.close()


@asynccontextmanager
async def _notifier(servers: Servers, items: int) -> AsyncIterator[Stage]:
    """The notifier's subscription and dispatcher as its worker runs them."""
    async with scene(servers, TOPICS, ALL) as at, _sink() as sink:
        events, readiness = _events(items), Readiness()
        await Transactions(at.database, desk)(_meet)
        rules, smtp = _rules(), _smtp(sink)
        dispatcher = Dispatcher(Transactions(at.database, desk), SmtpMailer(smtp), _renderer(), rules, mails=smtp.connections)
        heard = subscription(WakingTransactions(at.database, desk, wake=dispatcher.wake), rules)
        readiness.started()

        async def ready() -> bool:
            return (await readiness.report())[0]

        async def accepted() -> bool:
            return await sink.count() >= items

        async def settled() -> bool:
            return not await at.database["deliveries"].count_documents({"due": {"$exists": True}})

        async def work() -> None:
            await at.send(TICKETS, events)
            await until(accepted)
            await until(settled)

        async with running(consume(heard, at, readiness)), running(dispatcher.run()):
            await until(ready)
            yield Stage(work, sink.told)


@asynccontextmanager
async def _textbook(servers: Servers, items: int) -> AsyncIterator[Stage]:
    """FastStream with a handler for one message, an inbox, `EmailMessage` and aiosmtplib; the offset committed after each."""
    async with scene(servers, [TICKETS], ALL) as at, _sink() as sink:
        events, renderer, broker = _events(items), _renderer(), KafkaBroker(at.kafka_bootstrap_servers, logger=None)
        await at.database["parties"].insert_many([{"_id": each.id, "name": each.name, "address": each.address} for each in PEOPLE])
        done = asyncio.Event()
        left = items

        @broker.subscriber(
            partitions=[TopicPartition(at.topic_prefix + TICKETS.name, number) for number in range(PARTITIONS)],
            group_id="textbook",
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
        )
        async def handle(body: dict[str, Any], message: KafkaMessage) -> None:
            nonlocal left
            await _mail(at, sink, renderer, body, {name: str(value) for name, value in message.headers.items()})
            left -= 1
            if not left:
                done.set()

        await broker.start()
        try:

            async def work() -> None:
                await at.send(TICKETS, events)
                await asyncio.wait_for(done.wait(), DONE_WITHIN)

            yield Stage(work, sink.told)
        finally:
            await broker.stop()


async def _mail(at: Scene, sink: Sink, renderer: Renderer, body: dict[str, Any], of: dict[str, str]) -> None:
    """One event, as one would write it down: seen before? Then the mail, and that it was sent."""
    deliveries = at.database["deliveries"]
    try:
        await at.database["inbox"].insert_one({"_id": of["ce_id"]})
    except DuplicateKeyError:
        return
    reply = ReplyPosted.model_validate(body)
    buyer = await at.database["parties"].find_one({"_id": reply.buyer_id})
    assert buyer is not None
    job = _job(of["ce_subject"], reply.number, buyer["_id"], buyer["name"], buyer["address"])
    await deliveries.insert_one({"_id": job.delivery.id, "state": "pending", "recipient": reply.buyer_id, "event": of["ce_id"]})
    subject, text, html = renderer.parts(job)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = MARKET.addresses.sender, job.address, subject
    mail["Message-ID"] = f"<{job.delivery.message_id}>"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=sink.port, use_tls=False, start_tls=False)
    await deliveries.update_one({"_id": job.delivery.id}, {"$set": {"state": "sent"}})


@asynccontextmanager
async def _pieces(items: int) -> AsyncIterator[Stage]:
    """What B6 and B7 are: the same mails, written and handed over on as many connections, with nothing kept."""
    async with _sink() as sink:
        renderer, smtp = _renderer(), _smtp(sink)
        mailer, jobs = SmtpMailer(smtp), _jobs(items)

        async def may_leave() -> bool:
            return True

        async def lane() -> None:
            for job in jobs:
                await mailer.send(renderer(job), may_leave)

        async def work() -> None:
            await asyncio.gather(*(lane() for _ in range(smtp.connections)))

        yield Stage(work, sink.told)
        await mailer.close()


def _smtp(sink: Sink) -> SmtpSettings:
    return SmtpSettings(host="127.0.0.1", port=sink.port, tls="none")


def _rules() -> Rules:
    return Rules(markets={"de": MARKET.rules()}, language=lambda wanted: next(each for each in wanted if each), answer_hold=timedelta())


def _renderer() -> Renderer:
    return Renderer({"de": MARKET}, LinkMaker(Links(["k" * 40]), {"/ticketing": "https://help.example.com/tickets"}))


async def _meet(tx: Desk) -> None:
    for each in (*PEOPLE, SHOP):
        await know(tx, each)


def _events(items: int) -> dict[int, list[Record]]:
    """A reply in each of so many conversations."""
    parted: dict[int, list[Record]] = {}
    for n in range(items):
        said = ReplyPosted(
            number=_number(n), kind=Kind.TICKET, category=Category.POST_PURCHASE, problem_type="defective_item", market="de",
            buyer_id=f"buyer-{n % BUYERS}", seller_id="shop", order_number="4711", language="de", state=State.AWAITING_BUYER,
            handler=Side.SELLER, actor_id="shop", actor_role=Role.SELLER,
            message=Message(id=f"message-{n}", author_id="shop", author_role=Role.SELLER, length=12),
        )  # fmt: skip
        event = Envelope.of(
            said, id=f"event-{n}", source="/ticketing", subject=f"ticket-{n}", time=NOW, sequence=1, correlationid=f"event-{n}",
            causationid="command:bench",
        )  # fmt: skip
        parted.setdefault(partition_of(event.key), []).append((event.key, event.value, event.headers()))
    return parted


def _jobs(items: int) -> Iterator[Job]:
    for n in range(items):
        buyer = PEOPLE[n % BUYERS]
        yield _job(f"ticket-{n}", _number(n), buyer.id, buyer.name, buyer.address or "")


def _number(n: int) -> str:
    return f"T-{n:04}-92QD"


def _job(subject: str, number: str, buyer: str, name: str, address: str) -> Job:
    """What the notifier's claim makes of a seller's reply."""
    conversation = Conversation(
        id=subject, source="/ticketing", kind="ticket", number=number, market="de", parties=Parties(buyer_id=buyer, seller_id="shop"),
        handler=Audience.SELLER, state="awaiting_buyer", order_number="4711", language="de", at=NOW,
        root=thread_root(subject, "bench.example"),
    )  # fmt: skip
    story = Story(
        kind=NewsKind.REPLIED, variant="public", author=Author.SELLER, actor_id="shop", at=NOW, conversation_id=subject,
        source="/ticketing", number=number,
    )  # fmt: skip
    id = delivery_id(subject, party(buyer).key, Notice.MESSAGE)
    delivery = Delivery(
        id=id, event_id=subject, conversation_id=subject, correlation_id=subject, source="/ticketing", market="de", notice=Notice.MESSAGE,
        audience=Audience.BUYER, recipient=party(buyer), language="de", message_id=message_id(id, "bench.example"), story=story,
        created=NOW, due=NOW,
    )  # fmt: skip
    return Job(
        delivery=delivery, address=address, time_zone=None, recipient_name=name, seller_name=SHOP.name, buyer_name=name,
        conversation=conversation, expected=None, at=NOW,
    )  # fmt: skip
