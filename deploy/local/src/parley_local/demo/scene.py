"""What the story is played with: the running stack, its inbox, and people who sign in."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from parley_local import issuer
from parley_local.demo.inbox import Inbox
from parley_local.demo.telling import Missing, Teller
from parley_local.layout import Layout
from parley_local.ports import HOST
from parley_local.stack import MAIL_PASSWORD, addresses

_TIMEOUT = 10.0


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    body: dict[str, Any]
    etag: str | None


class Scene:
    """One telling of the story."""

    def __init__(self, layout: Layout, teller: Teller) -> None:
        self.layout = layout
        self.teller = teller
        self.inbox = Inbox(HOST, layout.port("imap"), MAIL_PASSWORD)
        self.kafka = addresses(layout)["KAFKA_BOOTSTRAP_SERVERS"]
        self._client = httpx.AsyncClient(timeout=_TIMEOUT)

    async def __aenter__(self) -> "Scene":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ask(
        self,
        who: str | None,
        method: str,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        if_match: str | None = None,
        expected: tuple[int, ...] = (200, 201),
    ) -> Answer:
        """One request to the API, as somebody or as nobody; each command has an Idempotency-Key of its own."""
        headers = {"authorization": f"Bearer {issuer.token(self.layout.folder, who)}"} if who else {}
        if method == "POST":
            headers["idempotency-key"] = str(uuid.uuid4())
        if if_match:
            headers["if-match"] = if_match
        answer = await self._client.request(method, self.layout.url(service) + path, json=body, headers=headers)
        if answer.status_code not in expected:
            raise Missing(f"{method} {path} as {who or 'nobody'} was answered {answer.status_code}: {answer.text[:500]}")
        return Answer(answer.status_code, answer.json() if answer.content else {}, answer.headers.get("etag"))

    async def close(self, who: str, service: str, path: str) -> None:
        """Close a conversation as its buyer."""
        read = await self.ask(who, "GET", service, path)
        await self.ask(who, "POST", service, f"{path}/close", {}, if_match=read.etag)
