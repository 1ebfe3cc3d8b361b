"""The site that the pages of one service belong to: its address, markets, texts and templates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from gettext import NullTranslations
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from parley_chassis import formats, languages, texts
from parley_chassis.pages.assets import Asset, assets
from parley_chassis.pages.market import NOWHERE, PageMarket

PACKAGE = Path(__file__).parents[1]
METHODS = [("pages/**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
"""Where the texts of a package's pages stand."""

LANGUAGES = texts.languages(PACKAGE / "locales")

_LETTER = r"(?:[A-Za-z0-9_~-]|%(?!2[EF]|5C)[0-9A-F]{2})"  # no dot, slash or backslash behind the sign of an escaped letter
_PAGE = re.compile(rf"(?:/{_LETTER}(?:{_LETTER}|\.)*)+(?:\?[A-Za-z0-9._~=&%-]+)?")
_POLICY = "default-src 'none'; style-src 'self'; img-src {images}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is: the language, and the market whose name it bears."""

    language: str
    market: PageMarket

    def moment(self, at: datetime, *, width: formats.Width = "full") -> str:
        return formats.moment(at, self.market.time_zone, self.language, width=width)


@dataclass(frozen=True, slots=True)
class Way:
    """A link to another page of the site, and whether it is the page that is shown."""

    name: str
    address: str
    here: bool = False


class Site:
    """Everything that the pages of one service share."""

    def __init__(self, *, public_url: str, markets: Mapping[str, PageMarket], packages: Sequence[Path]) -> None:
        """Each of the packages has ``templates`` and ``locales``, lays its own over those of the next, and all of them over those here."""
        address = urlsplit(public_url)
        self.public_url = public_url
        self.base = address.path.rstrip("/")
        self.secure = address.scheme == "https"
        self.markets = markets
        self.senders = frozenset(_origin(each) for each in (public_url, *(market.urls.signin for market in markets.values())) if each)
        """Whose pages may hand a sign-in over: those that sign people in."""
        self.assets: Mapping[str, Asset] = assets((*markets.values(), NOWHERE))
        self._texts = {language: _translations(language, packages) for language in LANGUAGES}
        self._templates = {language: self._environment(language, packages) for language in LANGUAGES}

    def reader(self, *wanted: str | None, market: str | None) -> Reader:
        """The first wanted language that there are texts for; else the market's; else English."""
        found = self.markets.get(market or "", NOWHERE)
        return Reader(languages.choose(*wanted, *found.languages, "en", offered=LANGUAGES), found)

    def gettext(self, language: str) -> texts.Translate:
        return self._texts[language].gettext

    def own(self, address: str) -> str | None:
        """The path of an address, if it is a page of this site: nobody is ever led elsewhere, whatever is asked for."""
        path = address.removeprefix(self.public_url)
        return path if _PAGE.fullmatch(path) else None

    def sign_in(self, market: PageMarket, page: str | None) -> str | None:
        """Where the shop signs people in; it is told to which page to lead them back."""
        if market.urls.signin is None or page is None:
            return market.urls.signin
        return f"{market.urls.signin}?{urlencode({'return_to': self.public_url + page})}"

    def html(
        self, template: str, reader: Reader, *, status: int = 200, sign_out: str = "", ways: Sequence[Way] = (), **context: Any
    ) -> HTMLResponse:
        """A page, with the ways to others. What it may load and send to is said in its policy."""
        page = self._templates[reader.language].get_template(template)
        lang = languages.tag(reader.language)
        text = page.render(lang=lang, market=reader.market, sheets=self._sheets(reader.market), sign_out=sign_out, ways=ways, **context)
        return HTMLResponse(text, status, headers={"content-security-policy": _policy(reader.market), "content-language": lang})

    def _sheets(self, market: PageMarket) -> list[str]:
        return [self.base + self.assets[name].path for name in ("pico.min.css", "parley.css", f"market-{market.id}.css")]

    def _environment(self, language: str, packages: Sequence[Path]) -> Environment:
        made = Environment(
            loader=FileSystemLoader([package / "templates" for package in (*packages, PACKAGE)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        made.policies["ext.i18n.trimmed"] = True
        made.install_gettext_translations(self._texts[language], newstyle=True)  # type: ignore[attr-defined]  # the extension brings it
        made.globals["base"] = self.base
        return made


def _translations(language: str, packages: Sequence[Path]) -> NullTranslations:
    """The texts of the packages, and behind them those that all pages share."""
    found, *behind = (texts.translations(language, package / "locales") for package in (*packages, PACKAGE))
    for each in behind:
        found.add_fallback(each)
    return found


def _origin(address: str) -> str:
    """As a browser names it."""
    parts = urlsplit(address.lower())
    return f"{parts.scheme}://{parts.netloc}"


def _policy(market: PageMarket) -> str:
    images = "'self' data:"
    if market.logo:
        address = urlsplit(market.logo)
        images += f" {address.scheme}://{address.netloc}"
    return _POLICY.format(images=images)
