"""The pages on doubles, with a clock of the tests, and somebody with a browser."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from parley_chassis.http import http_app
from parley_chassis.links import LinkClaims, Links
from parley_chassis.sessions import Sessions
from parley_chassis.settings import PageSettings
from parley_conversation.http import REFUSALS
from parley_conversation.main import largest_body
from parley_conversation.pages import PageMarket, Site, pages, problem_page
from parley_conversation.testing.builders import NOW
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.testing.issuer import Issuer

MARKET = PageMarket.model_validate(
    {
        "id": "de",
        "name": "Marktplatz",
        "languages": ["de", "en"],
        "time_zone": "Europe/Berlin",
        "imprint": "Marktplatz GmbH",
        "urls": {"signin": "https://shop.example/sign-in", "order": "https://shop.example/orders/{order_id}"},
    }
)
Memory = InMemory[InMemoryTransaction]


@dataclass
class Sent:
    """A form of a page: where it goes, and what its fields hold."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Sent] = []
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Sent(given["action"]))
        elif tag == "input" and (given.get("type") == "hidden" or "checked" in given):
            self.found[-1].fields[given["name"]] = given["value"]
        elif tag == "textarea":
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None:
            self.found[-1].fields["text"] = self._text.removeprefix("\n")
            self._text = None


@dataclass
class Page:
    """What a browser shows."""

    answer: httpx.Response

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def html(self) -> str:
        return self.answer.text

    @property
    def text(self) -> str:
        """Its words, without the tags between them."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.html))

    def form(self, command: str) -> Sent:
        forms = _Forms()
        forms.feed(self.html)
        return next(each for each in forms.found if each.action.partition("#")[0].endswith(f"/{command}"))

    def has(self, command: str) -> bool:
        return f"/{command}#answer" in self.html


class Browser:
    """Somebody who opens links and sends forms, without JavaScript."""

    def __init__(self, http: httpx.AsyncClient, links: Callable[[], Links]) -> None:
        self.http = http
        self._links = links

    def link(self, party_id: str, role: str, conversation_id: str = "c-1", *, issued_at: datetime = NOW) -> str:
        return "/l/" + self._links().mint(LinkClaims(conversation_id, party_id, role, issued_at))

    async def get(self, path: str, **options: Any) -> Page:
        return Page(await self.http.get(path, follow_redirects=True, **options))

    async def open(self, party_id: str, role: str, **options: Any) -> Page:
        """Follow the link of a mail."""
        return await self.get(self.link(party_id, role), **options)

    async def send(
        self, page: Page, command: str, *, headers: Mapping[str, str] | None = None, files: Mapping[str, bytes] | None = None, **fields: str
    ) -> Page:
        """Fill in a form of the page and send it, as a browser does: a file field that is left empty is sent, too."""
        form = page.form(command)
        images = [("images", (name, content)) for name, content in (files or {"": b""}).items()]
        sent = {"data": {**form.fields, **fields}, "files": images}
        return Page(await self.http.post(form.action, **sent, headers=headers, follow_redirects=True))


@dataclass
class Clock:
    """The time of the links; that of the conversations is the memory's."""

    now: datetime = NOW


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(issuer: Issuer, tmp_path: Path, transact: Memory, clock: Clock) -> Callable[..., FastAPI]:
    """Makes a service with pages and nothing else, for its public address."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    def made(public_url: str, name: str = "kernel") -> FastAPI:
        settings = PageSettings(service=name, **issuer.settings(tmp_path, public_url=public_url))
        site = Site(public_url=public_url, markets={"de": MARKET})
        app = http_app(
            settings,
            title="kernel",
            routers=[pages(site)],
            refusals=REFUSALS,
            lifespan=lifespan,
            page=problem_page(site),
            largest_body=largest_body,
        )
        app.state.transact = transact
        app.state.links = Links(["k" * 40], now=lambda: clock.now)
        app.state.sessions = Sessions(settings.shop, settings.auth, ["k" * 40], service=name, address=public_url, now=lambda: clock.now)
        return app

    return made


@pytest.fixture
def app(service: Callable[..., FastAPI]) -> FastAPI:
    return service("https://help.example.com")


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    """A browser as phones have it: it asks for HTML and keeps cookies."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "fr"}
    async with httpx.AsyncClient(transport=transport, base_url="https://help.example.com", headers=headers) as http:
        yield Browser(http, lambda: app.state.links)
