"""A batch holds several partitions: they are applied beside one another, each in its own order and its own transactions."""

import asyncio
from typing import Any

import pytest
from parley_chassis.commands import Busy
from parley_chassis.delivery import AT_ONCE

PATIENCE = 30


async def test_partitions_are_applied_beside_one_another(notebook: Any, new_log: Any, handle: Any) -> None:
    logs = [new_log(partition=number) for number in (0, 1)]
    begun = {subject: asyncio.Event() for subject in ("a", "b")}
    write_down = notebook.note

    async def meet(unit: Any, received: Any) -> None:
        begun[received.envelope.subject].set()
        for event in begun.values():
            await asyncio.wait_for(event.wait(), PATIENCE)
        await write_down(unit, received)

    notebook.note = meet
    await handle(notebook.subscription(), *(log.event(subject, 1) for log, subject in zip(logs, begun, strict=True)))

    assert [await notebook.texts(subject) for subject in begun] == [["1"], ["1"]]


async def test_a_fault_of_one_partition_is_raised_when_the_others_are_whole(notebook: Any, new_log: Any, handle: Any) -> None:
    one, other = new_log(partition=0), new_log(partition=1)
    notebook.fails = {"fails": Busy()}

    with pytest.raises(Busy):
        await handle(notebook.subscription(), one.event("a", 1, "fails"), other.event("b", 1), other.event("b", 2))

    assert await notebook.texts("a") == []
    assert await notebook.texts("b") == ["1", "2"]


async def test_a_transaction_takes_a_thousand_records_at_most(notebook: Any, log: Any, handle: Any) -> None:
    await handle(notebook.subscription(), *(log.event(f"s{number}", 1) for number in range(AT_ONCE + 1)))

    # A slow machine ends a transaction before that, and the next one begins behind what it took.
    assert max(map(len, notebook.prefetched)) == AT_ONCE
