"""A person decides about parked records: redrive, discard, release; the worker carries it out and writes down where."""

from typing import Any

import pytest
from parley_chassis.parking import Poison, Verb, decisions, discard, parked, redrive, release
from parley_chassis.positions import POSITIONS, place_id
from parley_contracts.topics import TICKETS

ASK = {Verb.REDRIVE: redrive, Verb.DISCARD: discard, Verb.RELEASE: release}


@pytest.fixture
def decide(notebook: Any) -> Any:
    """Ask, let the worker carry it out, return the result."""
    count = 0

    async def decide(subscription: Any, verb: Verb, subject: str = "a", topic: str = TICKETS.name) -> str:
        nonlocal count
        count += 1
        await ASK[verb](notebook.database, id=f"d{count}", topic=topic, subject=subject, by="oncall-1")
        assert await subscription.carry_out() == 1
        found = {decision.id: decision for decision in await decisions(notebook.database)}
        result: str = found[f"d{count}"].result
        return result

    return decide


async def waiting(notebook: Any, subject: str = "a") -> list[int | None]:
    return [row.sequence for row in await parked(notebook.database, topic=TICKETS.name, subject=subject)]


async def test_redrive_applies_the_first_record_again_and_the_others_follow(notebook: Any, log: Any, handle: Any, decide: Any) -> None:
    subscription = notebook.subscription()
    notebook.fails["2"] = Poison("unknown market")
    await handle(subscription, *(log.event("a", n) for n in range(1, 5)))
    assert await waiting(notebook) == [2, 3, 4]

    assert await decide(subscription, Verb.REDRIVE) == "still parked: unknown market"
    assert await notebook.texts("a") == ["1"]

    notebook.fails.clear()
    assert await decide(subscription, Verb.REDRIVE) == "done"
    assert await notebook.texts("a") == ["1", "2", "3", "4"]
    assert await waiting(notebook) == []

    await handle(subscription, log.event("a", 5))
    assert (await notebook.texts("a"))[-1] == "5", "the subject is free again"


async def test_a_follower_that_is_poison_too_stays_parked(notebook: Any, log: Any, handle: Any, decide: Any) -> None:
    subscription = notebook.subscription()
    notebook.fails |= {"2": Poison("unknown market"), "4": KeyError("seller")}
    await handle(subscription, *(log.event("a", n) for n in range(1, 6)))
    del notebook.fails["2"]

    assert await decide(subscription, Verb.REDRIVE) == "done"

    assert await notebook.texts("a") == ["1", "2", "3"]
    assert await waiting(notebook) == [4, 5]
    assert (await parked(notebook.database, subject="a"))[0].reason == "KeyError: 'seller'"


async def test_discard_counts_the_first_record_as_read(notebook: Any, log: Any, handle: Any, decide: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 2, value=b"{"), log.event("a", 3))

    assert await decide(subscription, Verb.DISCARD) == "done"

    assert await notebook.texts("a") == ["1", "3"]
    assert await waiting(notebook) == []


async def test_discard_gives_up_no_gap(notebook: Any, log: Any, handle: Any, decide: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 3))

    assert (await decide(subscription, Verb.DISCARD)).startswith("refused: sequence 2 is missing before it")
    assert (await decide(subscription, Verb.REDRIVE)).startswith("still parked: sequence 2 is missing before it")
    assert await waiting(notebook) == [3]


async def test_release_gives_up_the_gap(notebook: Any, log: Any, handle: Any, decide: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 4), log.event("a", 5), log.event("a", 7))

    assert await decide(subscription, Verb.RELEASE) == "done"
    assert await notebook.texts("a") == ["1", "4", "5"]
    assert await waiting(notebook) == [7]

    assert await decide(subscription, Verb.RELEASE) == "done"
    assert await notebook.texts("a") == ["1", "4", "5", "7"]

    await handle(subscription, log.event("a", 6), log.event("a", 8))
    assert await notebook.texts("a") == ["1", "4", "5", "7", "8"], "what was given up and comes after all is a repeat"


async def test_release_needs_a_gap(notebook: Any, log: Any, handle: Any, decide: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 2, value=b"{"))

    assert (await decide(subscription, Verb.RELEASE)).startswith("refused: no gap")


async def test_a_record_whose_sequence_nobody_can_read_holds_up_the_others_until_it_is_discarded(
    notebook: Any, log: Any, handle: Any, decide: Any
) -> None:
    subscription = notebook.subscription()
    batch = [log.event("a", 1), log.event("a", 2, ce_sequence=b"two"), log.event("a", 2, "real"), log.event("a", 3)]
    await handle(subscription, *batch)
    assert await waiting(notebook) == [None, 2, 3]

    assert (await decide(subscription, Verb.REDRIVE)).startswith("still parked: ce_sequence")
    assert await decide(subscription, Verb.DISCARD) == "done"
    assert await notebook.texts("a") == ["1", "real", "3"]

    await handle(subscription, *batch)
    assert await waiting(notebook) == [], "a redelivery does not bring a decided record back"


async def test_a_decision_about_nothing_is_said_so(notebook: Any, decide: Any) -> None:
    subscription = notebook.subscription()

    assert await decide(subscription, Verb.DISCARD, "nobody") == "refused: nothing of this subject is parked"
    assert await decide(subscription, Verb.DISCARD, "nobody", "parley.other.v1") == "refused: this service does not read the topic"


async def test_a_decision_is_carried_out_once_and_its_place_in_the_log_is_kept(notebook: Any, log: Any, handle: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 2, value=b"{"), log.event("b", 1))
    for _ in range(2):
        await discard(notebook.database, id="d1", topic=TICKETS.name, subject="a", by="oncall-1")

    assert await subscription.carry_out() == 1
    assert await subscription.carry_out() == 0
    await discard(notebook.database, id="d1", topic=TICKETS.name, subject="a", by="oncall-1")
    assert await subscription.carry_out() == 0

    [decision] = await decisions(notebook.database)
    assert (decision.by, decision.verb, decision.partition, decision.offset) == ("oncall-1", Verb.DISCARD, 0, 2)
    assert decision.done_at is not None
    row = await notebook.database[POSITIONS].find_one({"_id": place_id(TICKETS.name, 0)})
    assert row is not None
    assert row["offset"] == 2


async def test_what_is_parked_is_listed_oldest_first_by_topic_and_subject(notebook: Any, log: Any, handle: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 2))
    await handle(subscription, log.event("b", 2), log.event("b", 1, value=b"{"))

    assert [row.subject for row in await parked(notebook.database)] == ["a", "b", "b"]
    assert [row.subject for row in await parked(notebook.database, limit=1)] == ["a"]
    assert [row.sequence for row in await parked(notebook.database, subject="b")] == [1, 2], "as decisions meet them"
    assert await parked(notebook.database, topic="parley.other.v1") == []
