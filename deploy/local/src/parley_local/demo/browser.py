"""A browser without JavaScript: opens a page, keeps its cookies, fills in and sends its forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from parley_local.demo.telling import Missing

_TIMEOUT = 10.0


@dataclass
class Form:
    """A form with the values that it came with, and its buttons: text -> (name, value)."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """What is shown."""

    url: str
    status: int
    html: str
    text: str
    forms: tuple[Form, ...]


class Browser:
    """One person's browser."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=True)

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def open(self, url: str) -> Page:
        return _page(await self._client.get(url, headers={"accept": "text/html"}))

    async def send(self, page: Page, form: Form, values: Mapping[str, str], button: str | None = None) -> Page:
        """Send a form of the page with the values that a person gives, by one of its buttons."""
        data = {**form.fields, **values}
        if button is not None:
            name, value = form.buttons[button]
            data |= {name: value} if name else {}
        url = urljoin(page.url, form.action or page.url)
        origin = f"{httpx.URL(page.url).scheme}://{httpx.URL(page.url).netloc.decode()}"
        return _page(await self._client.post(url, data=data, headers={"accept": "text/html", "origin": origin, "referer": page.url}))


def read_page(url: str, status: int, html: str) -> Page:
    """The words and the forms of a page."""
    reader = _Reader()
    reader.feed(html)
    return Page(url, status, html, " ".join(" ".join(reader.words).split()), tuple(reader.forms))


def _page(answer: httpx.Response) -> Page:
    page = read_page(str(answer.url), answer.status_code, answer.text)
    if answer.status_code >= 400:
        raise Missing(f"{answer.request.method} {answer.request.url} was answered {answer.status_code}: {page.text[:500]}")
    return page


class _Reader(HTMLParser):
    """Finds the words and the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._button: tuple[str, str] | None = None
        self._label: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input" and given.get("type") not in ("submit", "checkbox", "radio") and "name" in given:
            self._form.fields[given["name"]] = given.get("value", "")
        elif tag == "textarea" and "name" in given:
            self._form.texts.append(given["name"])
        elif tag == "button":
            self._button, self._label = (given.get("name", ""), given.get("value", "")), []

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._form is not None and self._button is not None:
            self._form.buttons[" ".join("".join(self._label).split())] = self._button
            self._button = None
        elif tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._label.append(data)
        self.words.append(data)
