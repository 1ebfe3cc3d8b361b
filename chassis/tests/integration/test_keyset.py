"""Pages follow one another without a gap and without a repetition, whatever the rows have in common."""

import itertools
from typing import Any

import pytest
from parley_chassis.mongo import Order, beyond

ROWS = [
    {"_id": f"{track}{train}", "train": train, "track": track}
    for train, track in itertools.product((None, 1, 2, 3), "abc")
    if (train, track) != (2, "b")
]


@pytest.mark.parametrize(
    "order", [list(zip(("train", "track", "_id"), signs, strict=True)) for signs in itertools.product((1, -1), repeat=3)]
)
async def test_pages_give_the_list_in_its_order(notebook: Any, order: Order) -> None:
    trains = notebook.database["trains"]
    await trains.insert_many([dict(row) for row in ROWS])
    whole = await trains.find().sort(order).to_list(None)
    found: list[dict[str, Any]] = []

    for _ in ROWS:
        place = [found[-1][field] for field, _ in order] if found else None
        found += await trains.find(beyond(order, place)).sort(order).limit(2).to_list(None)

    assert found == whole


async def test_what_comes_in_between_two_pages_moves_nothing(notebook: Any) -> None:
    trains, order = notebook.database["trains"], [("train", -1), ("_id", -1)]
    await trains.insert_many([{"_id": f"t{number}", "train": number} for number in range(4)])
    (first, second) = await trains.find().sort(order).limit(2).to_list(None)
    await trains.insert_many([{"_id": "newer", "train": 9}, {"_id": "t2b", "train": 2}])

    rest = await trains.find(beyond(order, (second["train"], second["_id"]))).sort(order).to_list(None)

    assert [row["_id"] for row in (first, second, *rest)] == ["t3", "t2", "t1", "t0"]
