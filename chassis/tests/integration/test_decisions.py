"""A person decides about parked records: redrive, discard, release; the worker carries it out and writes down where."""

from typing import Any

import pytest
from parley_chassis.decisions import DECISIONS, Verb, decide, decision, history
from parley_chassis.parking import PARKED, REFUSED, Poison, content, parked
from parley_chassis.positions import POSITIONS, place_id
from parley_contracts.topics import PARTIES, TICKETS

ASKED = {"by": "oncall-1", "reason": "the market file is mended"}


@pytest.fixture
def ruled(notebook: Any) -> Any:
    """Decide, let the worker carry it out, return the result."""
    count = 0

    async def ruled(subscription: Any, verb: Verb, subject: str = "a", topic: str = TICKETS.name, **more: Any) -> str | None:
        nonlocal count
        count += 1
        await decide(notebook.database, verb, id=f"d{count}", topic=topic, subject=subject, **ASKED, **more)
        assert await subscription.carry_out() == 1
        done = await decision(notebook.database, f"d{count}")
        assert done is not None
        return done.result

    return ruled


async def waiting(notebook: Any, subject: str = "a") -> list[int | None]:
    return [row.sequence for row in await parked(notebook.database, topic=TICKETS.name, subject=subject)]


async def test_redrive_applies_the_first_record_again_and_the_others_follow(notebook: Any, log: Any, handle: Any, ruled: Any) -> None:
    subscription = notebook.subscription()
    notebook.fails["2"] = Poison("unknown market")
    await handle(subscription, *(log.event("a", n) for n in range(1, 5)))
    assert await waiting(notebook) == [2, 3, 4]

    assert await ruled(subscription, Verb.REDRIVE) == "still parked: unknown market"
    assert await notebook.texts("a") == ["1"]

    notebook.fails.clear()
    assert await ruled(subscription, Verb.REDRIVE) == "done"
    assert await notebook.texts("a") == ["1", "2", "3", "4"]
    assert await waiting(notebook) == []

    await handle(subscription, log.event("a", 5))
    assert (await notebook.texts("a"))[-1] == "5", "the subject is free again"


async def test_a_follower_that_is_poison_too_stays_parked(notebook: Any, log: Any, handle: Any, ruled: Any) -> None:
    subscription = notebook.subscription()
    notebook.fails |= {"2": Poison("unknown market"), "4": KeyError("seller")}
    await handle(subscription, *(log.event("a", n) for n in range(1, 6)))
    del notebook.fails["2"]

    assert await ruled(subscription, Verb.REDRIVE) == "done"

    assert await notebook.texts("a") == ["1", "2", "3"]
    assert await waiting(notebook) == [4, 5]
    assert (await parked(notebook.database, subject="a"))[0].reason.startswith("KeyError in conftest.py, line ")


async def test_discard_counts_the_first_record_as_read(notebook: Any, log: Any, handle: Any, ruled: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 2, value=b"{"), log.event("a", 3))

    assert await ruled(subscription, Verb.DISCARD) == "done"

    assert await notebook.texts("a") == ["1", "3"]
    assert await waiting(notebook) == []


async def test_discard_gives_up_no_gap(notebook: Any, log: Any, handle: Any, ruled: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 3))

    assert (await ruled(subscription, Verb.DISCARD)).startswith("refused: sequence 2 is missing before it")
    assert (await ruled(subscription, Verb.REDRIVE)).startswith("still parked: sequence 2 is missing before it")
    assert await waiting(notebook) == [3]


async def test_release_gives_up_the_gap(notebook: Any, log: Any, handle: Any, ruled: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 4), log.event("a", 5), log.event("a", 7))

    assert await ruled(subscription, Verb.RELEASE) == "done"
    assert await notebook.texts("a") == ["1", "4", "5"]
    assert await waiting(notebook) == [7]

    assert await ruled(subscription, Verb.RELEASE) == "done"
    assert await notebook.texts("a") == ["1", "4", "5", "7"]

    await handle(subscription, log.event("a", 6), log.event("a", 8))
    assert await notebook.texts("a") == ["1", "4", "5", "7", "8"], "what was given up and comes after all is a repeat"


async def test_release_needs_a_gap(notebook: Any, log: Any, handle: Any, ruled: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 2, value=b"{"))

    assert (await ruled(subscription, Verb.RELEASE)).startswith("refused: no gap")


async def test_a_record_whose_sequence_nobody_can_read_holds_up_the_others_until_it_is_discarded(
    notebook: Any, log: Any, handle: Any, ruled: Any
) -> None:
    subscription = notebook.subscription()
    batch = [log.event("a", 1), log.event("a", 2, ce_sequence=b"two"), log.event("a", 2, "real"), log.event("a", 3)]
    await handle(subscription, *batch)
    assert await waiting(notebook) == [None, 2, 3]

    assert (await ruled(subscription, Verb.REDRIVE)).startswith("still parked: ce_sequence")
    assert await ruled(subscription, Verb.DISCARD) == "done"
    assert await notebook.texts("a") == ["1", "real", "3"]

    await handle(subscription, *batch)
    assert await waiting(notebook) == [], "a redelivery does not bring a decided record back"


async def test_a_decision_about_nothing_is_said_so(notebook: Any, ruled: Any) -> None:
    subscription = notebook.subscription()

    assert await ruled(subscription, Verb.DISCARD, "nobody") == "refused: nothing of this subject is parked"
    assert await ruled(subscription, Verb.DISCARD, "nobody", "parley.other.v1") == "refused: this service does not read the topic"


async def test_a_decision_is_carried_out_once_and_its_place_in_the_log_is_kept(notebook: Any, log: Any, handle: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 2, value=b"{"), log.event("b", 1))
    for _ in range(2):
        await decide(notebook.database, Verb.DISCARD, id="d1", topic=TICKETS.name, subject="a", **ASKED)

    assert await subscription.carry_out() == 1
    assert await subscription.carry_out() == 0
    again = await decide(notebook.database, Verb.REDRIVE, id="d1", topic=TICKETS.name, subject="b", by="oncall-2", reason="another")
    assert await subscription.carry_out() == 0

    [kept] = await history(notebook.database)
    assert again == kept, "the first one under an id holds"
    assert (kept.by, kept.reason) == ("oncall-1", "the market file is mended")
    assert (kept.verb, kept.subject, kept.partition, kept.offset, kept.result) == (Verb.DISCARD, "a", 0, 2, "done")
    assert kept.done_at is not None
    assert kept.asked_at <= kept.done_at
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


async def test_a_decision_about_a_record_that_is_not_the_first_any_more_does_nothing(
    notebook: Any, log: Any, handle: Any, ruled: Any
) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 3, value=b"{"))
    [seen] = await parked(notebook.database, subject="a")
    await handle(subscription, log.event("a", 2, value=b"{"))

    assert await ruled(subscription, Verb.DISCARD, record=seen.id) == "refused: another record of this subject is the first now; look again"
    assert await waiting(notebook) == [2, 3]


async def test_a_decision_that_fails_whatever_is_done_is_over_and_holds_up_no_other(
    notebook: Any, log: Any, handle: Any, ruled: Any
) -> None:
    clock = Stuck()
    subscription = notebook.subscription(clock=clock)
    await handle(subscription, *(log.event(subject, 1, value=b"{") for subject in "ab"))
    clock.fails = True

    assert (await ruled(subscription, Verb.DISCARD)).startswith("failed: KeyError in test_decisions.py, line ")
    assert await waiting(notebook) == [1]

    clock.fails = False
    assert await ruled(subscription, Verb.DISCARD, "b") == "done"


class Stuck:
    """A clock that cannot thaw."""

    fails = False

    async def nothing_due(self, marks: Any) -> bool:
        return True

    async def advance(self, *_: Any) -> bool:
        return False

    async def freeze(self, *_: Any) -> None: ...

    async def thaw(self, *_: Any) -> None:
        if self.fails:
            raise KeyError("thaw")


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        (Verb.REDRIVE, {"topic": TICKETS.name}),
        (Verb.REPUBLISH, {"topic": TICKETS.name, "subject": "a"}),
        (Verb.ACCEPT_WATERMARK, {"subject": "a"}),
        (Verb.REPUBLISH, {"subject": "a", "reason": " "}),
        (Verb.REPUBLISH, {"subject": "a", "by": ""}),
    ],
)
async def test_a_decision_names_what_it_is_about_and_who_asks_and_why(notebook: Any, verb: Verb, given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=verb):
        await decide(notebook.database, verb, id="d1", **(ASKED | given))
    assert await history(notebook.database) == []


async def test_a_parked_record_is_shown_and_of_a_restricted_topic_without_its_value(
    notebook: Any, log: Any, new_log: Any, handle: Any
) -> None:
    people = new_log(topic=PARTIES)
    subscription = notebook.subscription(topics=[TICKETS, PARTIES])
    await handle(subscription, log.event("a", 1, value=b'{"n": 1'), people.event("p", None, value=b'{"email": "ann@example.com"'))

    shown = {row.subject: await content(notebook.database, row.id) for row in await parked(notebook.database)}

    assert shown["a"] is not None
    assert shown["p"] is not None
    assert (shown["a"].value, shown["a"].headers["ce_subject"], shown["a"].restricted) == ('{"n": 1', "a", False)
    assert (shown["p"].value, shown["p"].headers["ce_subject"], shown["p"].restricted) == (None, "p", True)
    assert await content(notebook.database, "nothing") is None


async def test_what_became_of_a_record_can_be_read_for_thirty_days_and_what_waits_never_goes(notebook: Any) -> None:
    ends = {
        (collection, name): index.get("expireAfterSeconds")
        for collection in (DECISIONS, REFUSED, PARKED)
        for name, index in (await notebook.database[collection].index_information()).items()
    }

    days = 30 * 86_400
    # MongoDB lets a row stay whose `done_at` is no date.
    assert {place: after for place, after in ends.items() if after} == {(DECISIONS, "done_at_1"): days, (REFUSED, "at_-1"): days}
