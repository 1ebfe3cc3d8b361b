"""Somebody with a browser and without JavaScript, for tests of pages."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import httpx
from parley_chassis.links import LinkClaims, Links
from parley_chassis.principal import Principal
from parley_chassis.sessions import Sessions

from parley_conversation.testing.builders import NOW


@dataclass
class Sent:
    """A form of a page: where it goes, and what its fields hold."""

    action: str
    fields: dict[str, Any] = field(default_factory=dict)

    def holds(self, name: str, value: str) -> None:
        """Several of one name are sent, all of them."""
        known = self.fields.get(name)
        self.fields[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Sent] = []
        self._text: str | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Sent(given["action"]))
        elif tag == "input" and (given.get("type") == "hidden" or "checked" in given):
            self.found[-1].holds(given["name"], given["value"])
        elif tag == "input" and given.get("type") in ("text", "email"):
            self.found[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and "selected" in given:
            self.found[-1].fields[self._select] = given["value"]
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
        return next(each for each in forms.found if re.split("[?#]", each.action)[0].endswith(f"/{command}"))

    def has_form(self, address: str) -> bool:
        return f'action="/{address}' in self.html

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
        self, page: Page, command: str, *, headers: Mapping[str, str] | None = None, files: Mapping[str, bytes] | None = None, **fields: Any
    ) -> Page:
        """Fill in a form of the page and send it, as a browser does: a file field that is left empty is sent, too."""
        form = page.form(command)
        images = [("images", (name, content)) for name, content in (files or {"": b""}).items()]
        return Page(await self.http.post(form.action, data={**form.fields, **fields}, files=images, headers=headers, follow_redirects=True))

    def sign_in(self, sessions: Sessions, party_id: str, role: str, **claims: Any) -> None:
        """Have the cookie of somebody who came from the shop."""
        who = Principal(party_id=party_id, role=role, roles=frozenset({role}), **{"language": "en", **claims})
        self.http.cookies.set(sessions.cookie_name, sessions.cookie(who))
