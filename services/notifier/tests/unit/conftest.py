"""Builders: a conversation, its news, and the people of it, each with changes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from notifier.domain.conversation import Conversation
from notifier.domain.delivery import Delivery, Story
from notifier.domain.news import News, Parties, Wait
from notifier.domain.recipients import Party, party
from notifier.domain.words import Audience, Author, Kind, Notice

ANNA_AND_THE_SHOP = Parties(buyer_id="anna", seller_id="shop")


@pytest.fixture
def a_story(now: datetime) -> Callable[..., Story]:
    def story(**changes: Any) -> Story:
        said = {
            "kind": Kind.REPLIED,
            "variant": "public",
            "author": Author.SELLER,
            "actor_id": "jonas",
            "at": now,
            "conversation_id": "c-1",
            "source": "/ticketing",
            "number": "T-1",
        }
        return Story(**(said | changes))

    return story


@pytest.fixture
def a_delivery(now: datetime, a_story: Callable[..., Story]) -> Callable[..., Delivery]:
    def delivery(**changes: Any) -> Delivery:
        said = {
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
            "created": now,
            "due": now,
        }
        return Delivery(**(said | changes))

    return delivery


@pytest.fixture
def a_conversation(now: datetime) -> Callable[..., Conversation]:
    def conversation(**changes: Any) -> Conversation:
        said = {
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
            "at": now,
        }
        return Conversation(**(said | changes))

    return conversation


@pytest.fixture
def news(now: datetime) -> Callable[..., News]:
    def said(kind: Kind = Kind.OPENED, author: Author = Author.BUYER, **changes: Any) -> News:
        words = {
            "event_id": "e-1",
            "actor_id": {Author.BUYER: "anna", Author.SELLER: "jonas", Author.SUPPORT: "agent"}.get(author, "system"),
            "at": now,
            "conversation_id": "c-1",
            "correlation_id": "e-0",
            "source": "/ticketing",
            "market": "north",
            "number": "T-1",
            "parties": ANNA_AND_THE_SHOP,
            "handler": Audience.SELLER,
        }
        return News(kind=kind, author=author, **(words | changes))

    return said


@pytest.fixture
def a_wait(now: datetime) -> Callable[..., Wait]:
    def wait(**changes: Any) -> Wait:
        said = {"cycle_id": "cycle-1", "owed_by": Audience.SELLER, "start": now, "due": now + timedelta(hours=48)}
        return Wait(**(said | changes))

    return wait


@pytest.fixture
def person(now: datetime) -> Callable[..., Party]:
    def somebody(id: str, **changes: Any) -> Party:
        said = {
            "id": id,
            "kind": "buyer",
            "seller_id": None,
            "name": id.title(),
            "address": f"{id}@people.example",
            "language": None,
            "time_zone": None,
            "market": "north",
            "wants_mail": True,
            "as_of": now,
        }
        return Party(**(said | changes))

    return somebody
