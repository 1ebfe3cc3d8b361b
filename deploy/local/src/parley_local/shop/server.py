"""Serves the demo shop's two pages: the front page, and the one to which Parley sends whoever must sign in."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, PackageLoader, select_autoescape

from parley_local.layout import Layout
from parley_local.ports import HOST
from parley_local.shop.ways import shelves, visitors, visitors_of

SIGN_IN = "/sign-in"

_PAGE = Environment(loader=PackageLoader("parley_local", "shop"), autoescape=select_autoescape()).get_template("page.html")


def serve(layout: Layout) -> None:
    """Until the process ends."""

    class Shop(_Handler):
        shop = layout

    with ThreadingHTTPServer((HOST, layout.port("shop")), Shop) as server:
        server.serve_forever()


class _Handler(BaseHTTPRequestHandler):
    shop: ClassVar[Layout]

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        return_to = next(iter(parse_qs(asked.query).get("return_to", [])), "")
        if asked.path == "/":
            self._answer(200, front_page(self.shop))
        elif asked.path == SIGN_IN and (page := sign_in_page(self.shop, return_to)):
            self._answer(200, page)
        else:
            self._answer(404, "There is no such page: the shop has / and /sign-in?return_to=ADDRESS, the address of a page of this stack.")

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", f"text/{'html' if status == 200 else 'plain'}; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        # Back in a browser shows fresh tokens, not used ones; and Parley must see from where a sign-in comes.
        self.send_header("cache-control", "no-store")
        self.send_header("referrer-policy", "strict-origin")
        self.end_headers()
        self.wfile.write(body)


def front_page(layout: Layout) -> str:
    """Everybody with all their pages, and what guests may ask."""
    inbox = f"http://{HOST}:{layout.port('inbox')}"
    return _PAGE.render(visitors=visitors(layout), shelves=shelves(layout), inbox=inbox)


def sign_in_page(layout: Layout, return_to: str) -> str | None:
    """Who are you, for this page? None where it is none of this stack."""
    found = visitors_of(layout, return_to)
    return _PAGE.render(visitors=found, return_to=return_to) if found else None
