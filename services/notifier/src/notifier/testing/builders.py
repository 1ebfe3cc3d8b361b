"""A conversation, its news and the people of it, each with changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.domain.conversation import Conversation
from notifier.domain.dead_addresses import DeadAddress, after_refusal
from notifier.domain.delivery import Delivery, Story
from notifier.domain.news import News, Parties, Wait
from notifier.domain.recipients import Party, party
from notifier.domain.rules import MarketRules, Rules
from notifier.domain.words import Audience, Author, Kind, Notice

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ANNA_AND_THE_SHOP = Parties(buyer_id="anna", seller_id="shop")
_ACTORS = {Author.BUYER: "anna", Author.SELLER: "jonas", Author.SUPPORT: "agent"}


def two_markets() -> Rules:
    """North and south, both German."""
    markets = {
        id: MarketRules(
            id=id,
            language="de",
            domain=f"{id}.example",
            queues={Audience.SUPPORT: f"support@{id}.example", Audience.ONCALL: f"oncall@{id}.example"},
        )
        for id in ("north", "south")
    }
    return Rules(markets=markets, language=lambda wanted: next((tag for tag in wanted if tag in ("de", "en")), "en"))


def a_story(**changes: Any) -> Story:
    said: dict[str, Any] = {
        "kind": Kind.REPLIED,
        "variant": "public",
        "author": Author.SELLER,
        "actor_id": "jonas",
        "at": AT,
        "conversation_id": "c-1",
        "source": "/ticketing",
        "number": "T-1",
    }
    return Story(**(said | changes))


def a_delivery(**changes: Any) -> Delivery:
    said: dict[str, Any] = {
        "id": "d-1",
        "event_id": "e-1",
        "conversation_id": "c-1",
        "correlation_id": "e-0",
        "source": "/ticketing",
        "market": "north",
        "notice": Notice.MESSAGE,
        "audience": Audience.BUYER,
        "recipient": party("anna"),
        "language": "de",
        "message_id": "d-1@north.example",
        "story": a_story(),
        "created": AT,
        "due": AT,
        "trace": (f"00-{TRACE}-00f067aa0ba902b7-00", f"00-{TRACE}-b7ad6b7169203331-00"),
    }
    return Delivery(**(said | changes))


def a_conversation(**changes: Any) -> Conversation:
    said: dict[str, Any] = {
        "id": "c-1",
        "source": "/ticketing",
        "kind": "ticket",
        "number": "T-1",
        "market": "north",
        "parties": ANNA_AND_THE_SHOP,
        "handler": Audience.SELLER,
        "state": "awaiting_seller",
        "order_number": "4711",
        "language": "en",
        "at": AT,
    }
    return Conversation(**(said | changes))


def some_news(kind: Kind = Kind.OPENED, author: Author = Author.BUYER, **changes: Any) -> News:
    said: dict[str, Any] = {
        "event_id": "e-1",
        "actor_id": _ACTORS.get(author, "system"),
        "at": AT,
        "conversation_id": "c-1",
        "correlation_id": "e-0",
        "source": "/ticketing",
        "market": "north",
        "number": "T-1",
        "parties": ANNA_AND_THE_SHOP,
        "handler": Audience.SELLER,
    }
    return News(kind=kind, author=author, **(said | changes))


def a_wait(**changes: Any) -> Wait:
    said: dict[str, Any] = {"cycle_id": "cycle-1", "owed_by": Audience.SELLER, "start": AT, "due": AT + timedelta(hours=48)}
    return Wait(**(said | changes))


def a_party(id: str, **changes: Any) -> Party:
    said: dict[str, Any] = {
        "id": id,
        "kind": "buyer",
        "seller_id": None,
        "name": id.title(),
        "address": f"{id}@people.example",
        "language": None,
        "time_zone": None,
        "market": "north",
        "wants_mail": True,
        "as_of": AT,
    }
    return Party(**(said | changes))


def a_dead_address(address: str = "anna@people.example", **changes: Any) -> DeadAddress:
    said: dict[str, Any] = {"market": "north", "recipient_id": "anna", "reason": "RCPT: 550 5.1.1 •••", "certain": True, "at": AT}
    return replace(after_refusal(None, address, **said), **changes)
