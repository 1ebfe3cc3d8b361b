"""People change, come late and are erased."""

from datetime import timedelta
from typing import Any

from notifier.domain.recipients import side
from notifier.domain.words import State
from notifier.testing.builders import a_dead_address, a_delivery, a_party
from notifier.use_cases.address_book import forget, know


async def test_a_mail_that_waited_for_an_address_goes_out_when_it_comes(desk: Any) -> None:
    desk.deliveries.put(a_delivery().searched(desk.now, 0.0))

    await know(desk, a_party("anna", as_of=desk.later(seconds=5)))

    assert desk.deliveries.rows["d-1"].due == desk.now


async def test_a_member_wakes_what_waits_for_its_shop(desk: Any) -> None:
    desk.deliveries.put(a_delivery(recipient=side("shop")).searched(desk.now, 0.0))

    await know(desk, a_party("jonas", kind="member", seller_id="shop", as_of=desk.later(seconds=5)))

    assert desk.deliveries.rows["d-1"].due == desk.now


async def test_somebody_without_an_address_wakes_nothing(desk: Any) -> None:
    desk.deliveries.put(a_delivery().searched(desk.now, 0.0))

    await know(desk, a_party("anna", address=None, as_of=desk.later(seconds=5)))

    assert desk.deliveries.rows["d-1"].due > desk.now


async def test_what_is_older_than_what_is_known_is_passed_over(desk: Any) -> None:
    await know(desk, a_party("anna", name="New"))
    await know(desk, a_party("anna", name="Old", as_of=desk.now - timedelta(seconds=1)))

    assert desk.people.rows["anna"].name == "New"


async def test_an_erasure_ends_every_mail_that_is_not_on_its_way(desk: Any) -> None:
    await know(desk, a_party("anna"))
    desk.dead_addresses.put(a_dead_address())
    desk.deliveries.put(a_delivery(id="d-1"))
    desk.deliveries.put(a_delivery(id="d-2").suppressed(desk.now, "a test"))

    await forget(desk, "anna", desk.now)

    assert desk.deliveries.rows["d-1"].state is State.ERASED
    assert desk.deliveries.rows["d-2"].state is State.SUPPRESSED
    assert [row.id for row in desk.published] == ["d-1"]
    assert desk.people.rows == {}
    assert desk.dead_addresses.rows == {}


async def test_an_erasure_also_forgets_an_address_that_a_late_refusal_brought_back(desk: Any) -> None:
    await know(desk, a_party("anna", address="new@people.example"))
    desk.dead_addresses.put(a_dead_address(recipient_id="anna"))
    desk.dead_addresses.put(a_dead_address(id="of somebody else", recipient_id="ben"))

    await forget(desk, "anna", desk.now)

    assert list(desk.dead_addresses.rows) == ["of somebody else"]


async def test_an_address_that_nobody_has_any_more_is_forgotten_with_what_was_known_of_it(desk: Any) -> None:
    await know(desk, a_party("anna"))
    desk.dead_addresses.put(a_dead_address())
    await know(desk, a_party("anna", name="Anna", as_of=desk.now + timedelta(seconds=1)))
    assert desk.dead_addresses.rows

    await know(desk, a_party("anna", address="new@people.example", as_of=desk.now + timedelta(seconds=2)))

    assert desk.dead_addresses.rows == {}


async def test_who_was_erased_does_not_come_back_by_an_older_record(desk: Any) -> None:
    await forget(desk, "anna", desk.now)
    await know(desk, a_party("anna", as_of=desk.now - timedelta(seconds=1)))
    assert desk.people.rows == {}

    await know(desk, a_party("anna", as_of=desk.now + timedelta(seconds=1)))
    assert "anna" in desk.people.rows
