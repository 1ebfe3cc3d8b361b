"""Where the demo shop leads whom: each button hands somebody over to a page of one service."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from parley_contracts.marketplace import PartyKind

from parley_local import issuer
from parley_local.layout import Layout
from parley_local.orders import orders
from parley_local.people import PEOPLE, SHOPS, Person

_HIDDEN = "canary"
"""The market of `parley canary`, which nobody visits."""

_WORDS = {PartyKind.BUYER: "buyer", PartyKind.MEMBER: "seller", PartyKind.SUPPORT: "support, on call"}


@dataclass(frozen=True)
class Way:
    """A button: a form to the service that has the page, with a token that names who comes."""

    name: str
    service: str
    page: str
    token: str


@dataclass(frozen=True)
class Visitor:
    """Somebody who can sign in, and where to."""

    name: str
    what: str
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Shelf:
    """What the shop's page of a product, or of a seller, has for everybody, guests too."""

    title: str
    button: str
    address: str


def visitors(layout: Layout) -> list[Visitor]:
    """Everybody, with the pages that they have."""
    return [_visitor(layout, person, list(_pages(person))) for person in _people()]


def visitors_of(layout: Layout, return_to: str) -> list[Visitor]:
    """Everybody, for the one page that sent its reader here to sign in; nobody where it is no page of ours."""
    service = next((name for name in layout.services if return_to.startswith(layout.url(name) + "/")), None)
    if service is None:
        return []
    page = return_to.removeprefix(layout.url(service))
    return [_visitor(layout, person, [(f"Sign in as {person.name}", service, page)]) for person in _people()]


def shelves(layout: Layout) -> list[Shelf]:
    """Ask Seller about Product and Contact Seller: the page carries a token that says what it shows."""
    names, found = {shop.id: shop for shop in SHOPS if shop.market != _HIDDEN}, list[Shelf]()
    lines = {line.product_id: line for order in orders(datetime.now(UTC)) for line in order.lines if line.seller_id in names}
    for line in lines.values():
        product = {"product_id": line.product_id, "product_title": line.title}
        found.append(_shelf(layout, line.title, "Ask Seller about Product", line.seller_id, names[line.seller_id].market, product))
    return [*found, *(_shelf(layout, shop.name, "Contact Seller", shop.id, shop.market, {}) for shop in names.values())]


def _people() -> list[Person]:
    return [person for person in PEOPLE if person.market != _HIDDEN]


def _pages(person: Person) -> Iterator[tuple[str, str, str]]:
    """Name, service and page."""
    boards = (("Support board", "ticketing", "/board"), ("Inquiry Board", "inquiries", "/board"))
    match person.kind:
        case PartyKind.BUYER:
            yield "My requests", "ticketing", "/board"
            yield "My questions", "inquiries", "/board"
            for order in orders(datetime.now(UTC)):
                if order.buyer_id == person.id:
                    yield f"Order {order.number}", "ticketing", f"/orders/{order.id}"
                    yield f"Support for {order.number}", "ticketing", f"/orders/{order.id}/tickets/new"
        case PartyKind.MEMBER:
            yield from boards
            yield "Performance", "sla-monitor", f"/sellers/{person.shop}"
        case _:
            yield from boards
            yield "On call", "sla-monitor", "/on-call"


def _visitor(layout: Layout, person: Person, pages: list[tuple[str, str, str]]) -> Visitor:
    shop = next((f", {shop.name}" for shop in SHOPS if shop.id == person.shop), "")
    ways = [
        Way(name, layout.url(service), layout.url(service) + page, issuer.hand_over(layout.folder, person.claims(), layout.url(service)))
        for name, service, page in pages
        if service in layout.services
    ]
    return Visitor(person.name, f"{_WORDS[person.kind]}{shop}, market {person.market}", tuple(ways))


def _shelf(layout: Layout, title: str, button: str, seller_id: str, market: str, product: dict[str, str]) -> Shelf:
    token = issuer.context(layout.folder, {"seller_id": seller_id, "market": market, **product})
    return Shelf(title, button, f"{layout.url('inquiries')}/questions/new?{urlencode({'context': token})}")
