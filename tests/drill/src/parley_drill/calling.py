"""One request over HTTP, written down before and after: what was asked, what was answered, and what nobody knows."""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
from parley_chassis.commands import CommandKey
from parley_local import issuer
from parley_local.people import SHOP_SERVICE

from parley_drill.cluster import Cluster
from parley_drill.journal import Journal
from parley_drill.marketplace import Market

TIMEOUT = 8.0
ATTEMPTS = 4
OK, REFUSED, UNKNOWN = "ok", "refused", "unknown"
_PAUSES = (0.3, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """How one command ended: ``ok``, ``refused`` (nothing happened) or ``unknown``."""

    outcome: str
    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """One command: the same ``key`` is sent with each of its attempts."""

    who: str | None
    service: str
    path: str
    body: dict[str, Any]
    key: str
    if_match: int | None = None
    principal: str = ""

    @property
    def id(self) -> str:
        """How its events name their cause."""
        return CommandKey(self.principal or self.who or "", f"POST {self.path}", self.key, "").id


class Caller:
    """Calls either replica of a service, as anybody of one market."""

    def __init__(self, cluster: Cluster, journal: Journal, chance: random.Random, market: Market) -> None:
        self._cluster = cluster
        self._journal = journal
        self._chance = chance
        self.market = market
        claims = [SHOP_SERVICE, *(each.claims() for each in market.people)]
        self._tokens = {each["sub"]: issuer.sign_in(cluster.folder, each) for each in claims}
        self.contexts = {shop.id: _context(cluster.folder, market, shop.id) for shop in market.shops}
        """The page of each shop from which somebody asks."""
        # Measured with httpx: a request took so much of the drill's own process, which carries the proxies too, that 50 a second filled it.
        self._client = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(TIMEOUT),
            connector=aiohttp.TCPConnector(limit=256, keepalive_timeout=5),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self.operations = 0

    async def close(self) -> None:
        await self._client.close()

    async def command(self, command: Command, *, attempts: int = ATTEMPTS) -> Answer:
        """Send it until somebody says what became of it, each time with the same key."""
        answer = Answer(UNKNOWN)
        for attempt in range(attempts):
            if attempt:
                await asyncio.sleep(_PAUSES[attempt - 1] * (0.5 + self._chance.random()))
            answer = await self._once(command, attempt)
            if answer.outcome != UNKNOWN:
                break
        return answer

    async def read(self, who: str, service: str, path: str) -> Answer:
        """A question, which changes nothing."""
        began, (answer, _) = time.time(), await self._send("GET", who, service, path, None, {})
        self._told(began, answer, kind="read", service=service, path=path, **_shown(answer))
        return answer

    async def tell(self, method: str, who: str, path: str, body: dict[str, Any] | bytes | None = None, *, key: str | None = None) -> Answer:
        """What changes no conversation, once, to ticketing: the marketplace's word, a picture, a reply template."""
        headers = {"content-type": "image/png"} if isinstance(body, bytes) else {}
        headers |= {"idempotency-key": key} if key else {}
        began, (answer, _) = time.time(), await self._send(method, who, "ticketing", path, body, headers)
        self._told(began, answer, kind="other", service="ticketing", path=path, method=method, **_shown(answer))
        return answer

    async def _once(self, command: Command, attempt: int) -> Answer:
        headers = {"idempotency-key": command.key}
        if command.if_match is not None:
            headers["if-match"] = f'"{command.if_match}"'
        began = time.time()
        answer, replayed = await self._send("POST", command.who, command.service, command.path, command.body, headers)
        self._told(
            began,
            answer,
            kind="command",
            command=command.id,
            service=command.service,
            path=command.path,
            attempt=attempt,
            replayed=replayed,
            digest=sha256(json.dumps(answer.body, sort_keys=True).encode()).hexdigest()[:16],
            **_shown(answer),
        )
        return answer

    def _told(self, began: float, answer: Answer, **told: Any) -> None:
        self.operations += 1
        problem = answer.body.get("type") if answer.outcome != OK else None
        self._journal.write(market=self.market.id, began=began, outcome=answer.outcome, status=answer.status, problem=problem, **told)

    async def _send(
        self, method: str, who: str | None, service: str, path: str, body: dict[str, Any] | bytes | None, headers: dict[str, str]
    ) -> tuple[Answer, bool]:
        url = self._chance.choice(self._cluster.urls(service)) + path
        if who:
            headers = {**headers, "authorization": f"Bearer {self._tokens[who]}"}
        try:
            sent: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
            async with self._client.request(method, url, **sent, headers=headers) as answer:
                told = await answer.json(content_type=None)
                if not isinstance(told, dict):
                    raise ValueError("no JSON object")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return Answer(UNKNOWN, 0, {"type": type(error).__name__}), False
        tickets = told.get("tickets")
        told = tickets[0] if tickets else told
        return Answer(_outcome(answer.status, told), answer.status, told), "idempotency-replayed" in answer.headers


def _shown(answer: Answer) -> dict[str, Any]:
    return {name: answer.body.get(name) for name in ("id", "version", "state")}


def _outcome(status: int, told: dict[str, Any]) -> str:
    """A refusal that asks for the same key again says nothing about what became of the command."""
    if 200 <= status < 300:
        return OK
    return UNKNOWN if status >= 500 or told.get("retry") == "same-key" else REFUSED


def _context(folder: Path, market: Market, shop: str) -> str:
    page = {"seller_id": shop, "market": market.id, "product_id": "lamp", "product_title": "Lamp", "url": "https://shop.example/lamp"}
    return issuer.context(folder, page)
