"""What was closed long ago goes, with all that is kept about it, and nothing else does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from parley_conversation.domain.words import State
from parley_conversation.testing.builders import AGENT, BUYER, NOW, a_conversation, asked
from parley_conversation.testing.doubles import A_MARKET, InMemory, InMemoryTransaction
from parley_conversation.use_cases import commands, links, reading, retention

Memory = InMemory[InMemoryTransaction]
OPEN = [State.AWAITING_SELLER, State.AWAITING_SUPPORT, State.AWAITING_BUYER]


@pytest.fixture
def later(transact: Memory) -> Any:
    """Lets the time of a market pass, and a moment more or less."""

    def pass_(**moment: float) -> None:
        transact.now = NOW + A_MARKET.retention + timedelta(**moment)

    return pass_


def left(transact: Memory) -> set[str]:
    return set(transact.tables["conversations"])


@pytest.mark.parametrize("state", State)
async def test_what_was_closed_goes_when_its_markets_time_is_over_and_what_is_open_stays(
    transact: Memory, place: Any, later: Any, state: State
) -> None:
    place(a_conversation(state))

    later(seconds=0)
    assert await transact(retention.remove_ended) == ()
    later(seconds=1)
    await transact(retention.remove_ended)

    assert left(transact) == ({"c-1"} if state in OPEN else set())


async def test_the_time_counts_from_the_last_closing(transact: Memory, place: Any, later: Any) -> None:
    place(a_conversation(State.CLOSED))
    transact.now = NOW + timedelta(days=1)
    await transact(commands.reply, "c-1", asked(BUYER), text="One more thing")
    await transact(commands.close, "c-1", asked(BUYER, read=4, cause="command:2"))

    later(hours=1)
    await transact(retention.remove_ended)
    assert left(transact) == {"c-1"}

    later(days=1, hours=1)
    await transact(retention.remove_ended)
    assert left(transact) == set()


async def test_nothing_about_it_is_left_but_what_was_published(transact: Memory, place: Any, later: Any) -> None:
    for id in ("c-1", "c-2"):
        place(a_conversation(State.CLOSED, id=id))
        await transact(commands.reply, id, asked(BUYER, cause=f"command:{id}"), text="Hello")
        await transact(reading.look, id, AGENT)
        await transact(links.revoke_links, id, BUYER)
        place(replace(transact.tables["conversations"][id], state=State.CLOSED, since=NOW))
    place(replace(transact.tables["conversations"]["c-2"], since=NOW + timedelta(days=9)))

    later(seconds=1)
    await transact(retention.remove_ended)

    kept = {name: rows for name, rows in transact.tables.items() if name not in ("facts", "parties", "removed")}
    assert "c-1" not in repr(kept)
    assert all("c-2" in repr(kept[name]) for name in ("conversations", "messages", "history", "links"))


@pytest.mark.parametrize("state", State)
async def test_a_thread_of_notes_goes_as_long_after_the_last_of_them_for_nobody_closes_it(
    transact: Memory, place: Any, later: Any, state: State
) -> None:
    place(a_conversation(state, buyer_wrote_at=None, changed_at=NOW + timedelta(days=3)))

    later(days=3)
    assert await transact(retention.remove_ended) == ()
    later(days=3, seconds=1)
    await transact(retention.remove_ended)

    assert left(transact) == set()


async def test_each_market_has_its_own_time(transact: Memory, place: Any) -> None:
    transact.markets = {"de": A_MARKET, "fast": replace(A_MARKET, retention=timedelta(days=40))}
    place(a_conversation(State.CLOSED, id="c-de"))
    place(a_conversation(State.CLOSED, id="c-fast", market="fast"))
    transact.now = NOW + timedelta(days=41)

    await transact(retention.remove_ended)

    assert left(transact) == {"c-de"}


async def test_many_go_some_at_a_time(transact: Memory, place: Any, later: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for n in range(3):
        place(a_conversation(State.FINAL, id=f"c-{n}"))
    later(seconds=1)

    assert [len(await transact(retention.remove_ended)) for _ in range(3)] == [2, 1, 0]
