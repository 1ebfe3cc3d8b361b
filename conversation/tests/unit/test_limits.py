"""Nobody writes without end: not a program that went wrong, nor somebody who means harm."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from parley_conversation.domain.limits import HOUR
from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.refusals import TooOften
from parley_conversation.domain.words import Role
from parley_conversation.settings import ConversationMarket, MessageLimits
from parley_conversation.store import writers
from parley_conversation.store.writers import Writers
from parley_conversation.testing.builders import NOW, a_conversation
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction

Memory = InMemory[InMemoryTransaction]
LIMITS = MessageLimits(buyer=2, seller=3, support=None)


@pytest.fixture
def limited(transact: Memory, place: Any) -> Memory:
    """A market in which a buyer may write twice an hour, a member of a shop three times, and support always."""
    transact.markets = {"de": MarketRules(contact_window=timedelta(days=30), messages_per_hour=LIMITS.by_role())}
    place(a_conversation())
    return transact


async def reply(client: AsyncClient, who: dict[str, str], **headers: str) -> Any:
    return await client.post("/v1/tickets/c-1/reply", json={"text": "And now?"}, headers={**who, **headers})


async def test_the_third_message_within_the_hour_is_refused_until_the_first_is_an_hour_old(
    client: AsyncClient, buyer: dict[str, str], limited: Memory
) -> None:
    assert (await reply(client, buyer)).status_code == 200
    limited.now += timedelta(minutes=20)
    assert (await reply(client, buyer)).status_code == 200

    refused = await reply(client, buyer)

    assert (refused.status_code, refused.json()["type"], refused.json()["retry"]) == (429, "/problems/too-many", "later")
    assert refused.headers["retry-after"] == "2400"
    limited.now += timedelta(minutes=40)
    assert (await reply(client, buyer)).status_code == 200


async def test_each_person_is_counted_alone_and_by_the_limit_of_their_role(
    client: AsyncClient, who: dict[str, dict[str, str]], limited: Memory
) -> None:
    answers = {name: [(await reply(client, who[name])).status_code for _ in range(5)] for name in ("buyer", "seller", "support")}

    assert answers == {"buyer": [200, 200, 429, 429, 429], "seller": [200, 200, 200, 429, 429], "support": [200] * 5}


async def test_the_holder_of_a_link_is_the_same_person(client: AsyncClient, who: dict[str, dict[str, str]], limited: Memory) -> None:
    assert [(await reply(client, who[name])).status_code for name in ("buyer", "link", "link", "buyer")] == [200, 200, 429, 429]


async def test_a_repeated_request_is_counted_once(client: AsyncClient, buyer: dict[str, str], limited: Memory) -> None:
    answers = [await reply(client, buyer, **{"idempotency-key": "key-1"}) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}
    assert (await reply(client, buyer)).status_code == 200


async def test_what_the_rules_refuse_is_not_counted_and_what_is_no_message_goes_on(
    client: AsyncClient, buyer: dict[str, str], limited: Memory
) -> None:
    for _ in range(4):
        assert (await client.post("/v1/tickets/c-1/appeal", json={"text": "Please"}, headers=buyer)).status_code == 403
    assert [(await reply(client, buyer)).status_code for _ in range(3)] == [200, 200, 429]

    closed = await client.post("/v1/tickets/c-1/close", json={}, headers=buyer | {"if-match": '"3"'})

    assert closed.status_code == 200


@pytest.mark.parametrize("visibility", ["internal", "backstage"])
async def test_notes_are_messages_too(client: AsyncClient, seller: dict[str, str], limited: Memory, visibility: str) -> None:
    note = {"text": "And now?", "visibility": visibility}
    answers = [await client.post("/v1/tickets/c-1/note", json=note, headers=seller) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


def test_a_command_that_is_run_again_is_counted_once() -> None:
    kept = Writers()
    for _ in range(5):
        kept.wrote("buyer-1", "m-1", NOW, 1)

    with pytest.raises(TooOften) as refused:
        kept.wrote("buyer-1", "m-2", NOW + timedelta(minutes=59), 1)
    assert refused.value.wait == timedelta(minutes=1)
    kept.wrote("buyer-1", "m-2", NOW + HOUR, 1)


def test_who_wrote_longest_ago_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "REMEMBERED", 2)
    kept = Writers()
    for number, person in enumerate(("anna", "ben", "anna", "cleo")):
        kept.wrote(person, f"m-{number}", NOW, 2)

    with pytest.raises(TooOften):
        kept.wrote("anna", "m-9", NOW, 2)
    kept.wrote("ben", "m-10", NOW, 1)


def test_a_market_that_says_nothing_has_generous_limits_and_null_is_none() -> None:
    file = {"id": "de", "name": "Marktplatz", "languages": ["de"], "contact_window": "30d"}

    usual = ConversationMarket.model_validate(file).rules().messages_per_hour
    free = ConversationMarket.model_validate(file | {"messages_per_hour": {"buyer": None, "seller": 5}}).rules().messages_per_hour

    assert usual == {Role.BUYER: 120, Role.GUEST: 120, Role.SELLER: 1_200, Role.SUPPORT: 1_200}
    assert free == {Role.SELLER: 5, Role.SUPPORT: 1_200}
    for wrong in ({"buyer": 0}, {"buyers": 3}):
        with pytest.raises(ValueError, match="buyer"):
            ConversationMarket.model_validate(file | {"messages_per_hour": wrong})
