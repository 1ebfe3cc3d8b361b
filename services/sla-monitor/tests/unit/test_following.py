"""Following the log: at most five hundred cycles at once, and no time for a conversation whose records are parked."""

from datetime import timedelta

import pytest
from parley_contracts.topics import INQUIRIES, TICKETS
from sla_monitor.domain.events import About, Event, HandedOver, Posted
from sla_monitor.domain.facts import Expected, Overdue, Settled
from sla_monitor.domain.policy import NoPolicy
from sla_monitor.domain.words import HandOver, Role
from sla_monitor.ports import ForeignConversation, Partition
from sla_monitor.testing import MemoryMonitor, T
from sla_monitor.use_cases.following import follow, freeze, let_time_pass, thaw

HOUR = timedelta(hours=1)
HERE, ELSEWHERE = Partition(TICKETS.name, 3), Partition(TICKETS.name, 4)


def wrote(number: int, by: Role = Role.BUYER, *, at: timedelta = timedelta(), market: str = "de") -> Event:
    return Posted(id=f"event-{number}", sequence=number, at=T + at, about=About(market=market), by=by, message_id=f"m-{number}")


async def opened(monitor: MemoryMonitor, *ids: str, partition: Partition = HERE) -> None:
    for id in ids:
        await monitor(follow, id, wrote(1), partition=partition, watermark=None)


async def pass_time(monitor: MemoryMonitor, at: timedelta, partition: Partition = HERE) -> int:
    """Returns in how many transactions."""
    transactions = 1
    while await monitor(let_time_pass, partition, T + at):
        transactions += 1
    return transactions


def overdue(monitor: MemoryMonitor) -> int:
    return sum(isinstance(fact, Overdue) for fact in monitor.told)


async def test_time_passes_in_its_own_partition_alone(monitor: MemoryMonitor) -> None:
    await opened(monitor, "a")
    await opened(monitor, "b", partition=ELSEWHERE)

    await pass_time(monitor, 49 * HOUR)

    assert overdue(monitor) == 1


@pytest.mark.parametrize(("conversations", "transactions"), [(499, 1), (500, 2), (600, 2), (1001, 3)])
async def test_a_watermark_changes_at_most_five_hundred_cycles_at_once(
    conversations: int, transactions: int, monitor: MemoryMonitor
) -> None:
    await opened(monitor, *(f"c-{number}" for number in range(conversations)))

    assert await pass_time(monitor, 49 * HOUR) == transactions
    assert overdue(monitor) == conversations


async def test_two_cycles_of_a_conversation_count_as_two(monitor: MemoryMonitor) -> None:
    for number in range(300):
        await opened(monitor, f"c-{number}")
        both = HandedOver(id="event-2", sequence=2, at=T + HOUR, about=About(market="de"), reason=HandOver.OVERDUE)
        await monitor(follow, f"c-{number}", both, partition=HERE, watermark=None)

    assert await pass_time(monitor, 100 * HOUR) == 2
    assert overdue(monitor) == 600


async def test_a_frozen_conversation_sees_no_time_pass_until_it_thaws(monitor: MemoryMonitor) -> None:
    await opened(monitor, "a", "b")
    await monitor(freeze, TICKETS.name, "a")

    await pass_time(monitor, 49 * HOUR)
    assert overdue(monitor) == 1

    await monitor(thaw, TICKETS.name, "a", T + 49 * HOUR)
    assert overdue(monitor) == 2


async def test_what_was_parked_counts_before_the_present_watermark_is_seen(monitor: MemoryMonitor) -> None:
    await opened(monitor, "a")
    await monitor(freeze, TICKETS.name, "a")
    await pass_time(monitor, 49 * HOUR)

    await monitor(follow, "a", wrote(2, Role.SELLER, at=47 * HOUR), partition=HERE, watermark=T + 49 * HOUR)
    await monitor(thaw, TICKETS.name, "a", T + 49 * HOUR)

    assert overdue(monitor) == 0
    assert [fact.outcome.value for fact in monitor.told if isinstance(fact, Settled)] == ["met"]


async def test_a_conversation_whose_very_first_record_is_parked_is_frozen_too(monitor: MemoryMonitor) -> None:
    await monitor(freeze, TICKETS.name, "a")
    await opened(monitor, "a")

    await pass_time(monitor, 49 * HOUR)
    assert overdue(monitor) == 0

    await monitor(thaw, TICKETS.name, "a", None)
    await pass_time(monitor, 50 * HOUR)
    assert overdue(monitor) == 1


async def test_thawing_what_is_not_known_does_nothing(monitor: MemoryMonitor) -> None:
    await monitor(thaw, TICKETS.name, "a", T)

    assert not monitor.kept


async def test_the_same_id_on_another_topic_is_refused_and_freezes_nothing(monitor: MemoryMonitor) -> None:
    await opened(monitor, "a")

    with pytest.raises(ForeignConversation, match=TICKETS.name):
        await monitor(follow, "a", wrote(1), partition=Partition(INQUIRIES.name, 3), watermark=None)
    await monitor(freeze, INQUIRIES.name, "a")
    await monitor(thaw, INQUIRIES.name, "a", T + 100 * HOUR)

    await pass_time(monitor, 49 * HOUR)
    assert overdue(monitor) == 1


async def test_a_market_without_a_policy_is_refused(monitor: MemoryMonitor) -> None:
    with pytest.raises(NoPolicy, match="atlantis"):
        await monitor(follow, "a", wrote(1, market="atlantis"), partition=HERE, watermark=None)


async def test_an_event_that_was_applied_changes_nothing(monitor: MemoryMonitor) -> None:
    await opened(monitor, "a", "a")

    assert [type(fact) for fact in monitor.told] == [Expected]
