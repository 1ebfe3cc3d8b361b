"""The market files fill the policy book, which never changes what it said."""

from dataclasses import replace
from datetime import timedelta

import pytest
from parley_contracts.topics import TICKETS
from sla_monitor.domain.policy import BEGINNING, Policy, Scope
from sla_monitor.ports import Partition
from sla_monitor.testing import MemoryMonitor, T
from sla_monitor.use_cases.policies import VersionKept, adopt

FIRST = Policy()
SECOND = Policy(version=2, target=timedelta(hours=24))


@pytest.fixture
def empty(monitor: MemoryMonitor) -> MemoryMonitor:
    monitor.lines = []
    return monitor


async def test_a_markets_first_policy_is_valid_from_the_beginning_of_time(empty: MemoryMonitor) -> None:
    await empty(adopt, {"de": FIRST, "fr": SECOND})

    assert [(line.market, line.valid_from, line.policy) for line in empty.lines] == [("de", BEGINNING, FIRST), ("fr", BEGINNING, SECOND)]


async def test_a_policy_that_the_book_has_is_not_added_again(empty: MemoryMonitor) -> None:
    await empty(adopt, {"de": FIRST})
    await empty(adopt, {"de": FIRST})

    assert len(empty.lines) == 1


async def test_a_new_version_becomes_valid_ahead_of_now(empty: MemoryMonitor) -> None:
    await empty(adopt, {"de": FIRST})
    await empty(adopt, {"de": SECOND})

    assert empty.lines[1].valid_from == T + timedelta(seconds=60)


async def test_a_new_version_becomes_valid_ahead_of_the_highest_watermark(empty: MemoryMonitor) -> None:
    await empty(adopt, {"de": FIRST})
    empty.marks[Partition(TICKETS.name, 3)] = T + timedelta(hours=5)
    empty.marks[Partition(TICKETS.name, 4)] = T - timedelta(hours=5)

    await empty(adopt, {"de": SECOND})

    assert empty.lines[1].valid_from == T + timedelta(hours=5, seconds=60)


async def test_a_changed_policy_with_the_old_version_is_refused_with_advice(empty: MemoryMonitor) -> None:
    await empty(adopt, {"de": FIRST})

    with pytest.raises(VersionKept, match=r"market de: .* differs from version 1, which holds; write response.version: 2"):
        await empty(adopt, {"de": replace(FIRST, escalates=False)})
    assert len(empty.lines) == 1


async def test_a_worker_that_still_has_the_old_file_changes_nothing(empty: MemoryMonitor) -> None:
    for policy in (FIRST, SECOND, FIRST):
        await empty(adopt, {"de": policy})

    assert [line.policy.version for line in empty.lines] == [1, 2]


SELLERS = Scope("de", seller_id="s-7")


async def test_an_exception_of_a_market_that_is_known_becomes_valid_ahead_of_now(empty: MemoryMonitor) -> None:
    await empty(adopt, {"de": FIRST})
    await empty(adopt, {"de": FIRST}, {SELLERS: FIRST})

    assert [(line.scope, line.valid_from) for line in empty.lines[1:]] == [(SELLERS, T + timedelta(seconds=60))]


async def test_an_exception_of_a_new_market_is_valid_from_the_beginning_of_time(empty: MemoryMonitor) -> None:
    await empty(adopt, {"de": FIRST}, {SELLERS: FIRST})

    assert {line.valid_from for line in empty.lines} == {BEGINNING}


async def test_each_scope_counts_its_own_versions(empty: MemoryMonitor) -> None:
    await empty(adopt, {"de": SECOND}, {SELLERS: FIRST})

    with pytest.raises(VersionKept, match=r"market de, seller s-7: .* write version of this one of response\.exceptions: 2"):
        await empty(adopt, {"de": SECOND}, {SELLERS: replace(FIRST, ends=True)})
    await empty(adopt, {"de": SECOND}, {SELLERS: replace(FIRST, version=2, ends=True)})

    assert [line.policy.ends for line in empty.lines] == [False, False, True]


async def test_an_exception_that_is_left_out_goes_on(empty: MemoryMonitor) -> None:
    await empty(adopt, {"de": FIRST}, {SELLERS: FIRST})
    await empty(adopt, {"de": FIRST})

    assert len(empty.lines) == 2
