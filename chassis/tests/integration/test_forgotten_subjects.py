"""A subject of which nothing came for 25 months is forgotten, if its id can begin no second time; what comes then is partial."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from parley_chassis.parking import Poison, parked
from parley_chassis.positions import FORGOTTEN, POSITIONS, born, subject_id
from parley_contracts.topics import TICKETS

IMPORTED = "5b0f7d3e-8c1a-5f0e-9b7d-2f6a1c4e8d90"


def made(at: datetime) -> str:
    """An id that says when it was made."""
    return str(UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62 | 99))


OLD, NEW = made(datetime(2022, 5, 1, tzinfo=UTC)), made(datetime.now(UTC))


@pytest.mark.parametrize(
    ("id", "at"), [(OLD, datetime(2022, 5, 1, tzinfo=UTC)), (IMPORTED, None), ("c-1", None), ("ffffffff-ffff-7fff-bfff-ffffffffffff", None)]
)
def test_an_id_says_when_it_was_made_or_can_be_made_again(id: str, at: datetime | None) -> None:
    assert born(id) == at


async def test_only_what_is_whole_and_begins_no_second_time_is_forgotten(notebook: Any, log: Any, handle: Any) -> None:
    notebook.fails["bad"] = Poison("no such market")
    frozen = made(datetime.now(UTC) - timedelta(days=1))

    await handle(notebook.subscription(), log.event(NEW, 1), log.event(IMPORTED, 1), log.event(frozen, 1), log.event(frozen, 2, "bad"))

    rows = {row["_id"]: row for row in await notebook.database[POSITIONS].find({"sequence": {"$exists": True}}).to_list(None)}
    assert {id for id, row in rows.items() if "expires" in row} == {subject_id(TICKETS.name, NEW)}
    expires = rows[subject_id(TICKETS.name, NEW)]["expires"]
    assert timedelta(minutes=-5) < expires - datetime.now(UTC) - FORGOTTEN <= timedelta(days=1)
    assert (expires.hour, expires.minute, expires.second) == (0, 0, 0), "the same all day, so that its index is left alone"


async def test_what_was_forgotten_goes_on_as_partial_and_a_new_subject_still_begins_with_its_first(
    notebook: Any, log: Any, handle: Any
) -> None:
    await handle(notebook.subscription(), log.event(OLD, 7), log.event(NEW, 7), log.event(IMPORTED, 7))
    await handle(notebook.subscription(), log.event(OLD, 8), log.event(OLD, 7), log.event(OLD, 10))

    assert await notebook.texts(OLD) == ["7", "8"]
    assert sorted(row.subject for row in await parked(notebook.database)) == sorted([OLD, NEW, IMPORTED])
    row = await notebook.database[POSITIONS].find_one({"_id": subject_id(TICKETS.name, OLD)})
    assert row is not None
    assert row["partial"]
