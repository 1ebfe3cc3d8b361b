"""A browser without JavaScript: opens a page, keeps its cookies, fills in and sends its forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

from parley_local.demo.telling import Missing

_TIMEOUT = 10.0


@dataclass
class Form:
    """A form: where it can be sent to (each button may lead elsewhere), and what it carries by itself."""

    targets: list[str]
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """What is shown."""

    url: str
    status: int
    text: str
    forms: tuple[Form, ...]

    def find(self, target: str) -> tuple[str, Form]:
        """The form that can be sent to an address whose path ends so, and that address."""
        for form in self.forms:
            for address in form.targets:
                if urlsplit(address).path.endswith(f"/{target}"):
                    return address, form
        offered = sorted(urlsplit(address).path.rsplit("/", 1)[-1] for form in self.forms for address in form.targets)
        raise Missing(f"the page {self.url} has no form for {target}; it offers {', '.join(offered) or 'none'}")


class Browser:
    """One person's browser."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=True, headers={"accept": "text/html"})

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def open(self, url: str) -> Page:
        return _shown(await self._client.get(url))

    async def send(self, page: Page, target: str, values: Mapping[str, str]) -> Page:
        """Send the form for ``target`` with what a person fills in."""
        address, form = page.find(target)
        parts = urlsplit(page.url)
        headers = {"origin": f"{parts.scheme}://{parts.netloc}", "sec-fetch-site": "same-origin"}
        return _shown(await self._client.post(address, data={**form.fields, **values}, headers=headers))


def read_page(url: str, status: int, html: str) -> Page:
    """The words and the forms of a page."""
    reader = _Reader(url)
    reader.feed(html)
    return Page(url, status, " ".join(" ".join(reader.words).split()), tuple(reader.forms))


def _shown(answer: httpx.Response) -> Page:
    page = read_page(str(answer.url), answer.status_code, answer.text)
    if answer.status_code >= 400:
        raise Missing(f"{answer.request.method} {answer.request.url.path} was answered {answer.status_code}: {page.text[:500]}")
    return page


class _Reader(HTMLParser):
    """Finds the words and the forms."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.forms: list[Form] = []
        self._url = url
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form([urljoin(self._url, given.get("action", ""))])
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input" and given.get("type") == "hidden" and "name" in given:
            self._form.fields[given["name"]] = given.get("value", "")
        elif tag == "button" and "formaction" in given:
            self._form.targets.append(urljoin(self._url, given["formaction"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
