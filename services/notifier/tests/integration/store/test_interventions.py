"""The real store keeps dead addresses and the history as the desk in memory promises: each behaviour is asked of both."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from notifier.domain.dead_addresses import hashed
from notifier.domain.intervention import Intervention, Verb
from notifier.testing.builders import AT, a_dead_address, a_delivery
from notifier.use_cases.intervening import Act, history, lift, resend, suppressed

Transact = Callable[..., Awaitable[Any]]
SOON = {"until": AT + timedelta(days=3650)}


def done(id: str, **changes: Any) -> Intervention:
    said: dict[str, Any] = {
        "at": AT,
        "by": "sofia",
        "verb": Verb.LIFT,
        "target": "x",
        "market": "north",
        "reason": "asked",
        "before": "550",
    }
    return Intervention(id=id, **(said | changes))


async def test_a_dead_address_comes_back_as_it_was_whatever_its_letters(transact: Transact) -> None:
    await transact(_doing(lambda desk: desk.dead_addresses.put(a_dead_address("Anna@people.example"))))

    assert await transact(lambda desk: desk.dead_addresses.get(hashed("anna@People.example"))) == a_dead_address("Anna@people.example")
    await transact(_doing(lambda desk: desk.dead_addresses.remove(hashed("anna@people.example"))))
    assert await transact(lambda desk: desk.dead_addresses.get(hashed("anna@people.example"))) is None


async def test_dead_addresses_are_listed_by_market_and_page_without_those_that_are_doubted_or_over(transact: Transact) -> None:
    def bury(desk: Any) -> None:
        for name, changes in {
            "one": {},
            "two": {"refused": (AT + timedelta(seconds=1),)},
            "south": {"market": "south"},
            "doubted": {"dead": False},
            "over": {"until": AT - timedelta(days=3650)},
        }.items():
            desk.dead_addresses.put(a_dead_address(f"{name}@people.example", **{"recipient_id": name, **SOON, **changes}))

    await transact(_doing(bury))

    async def listed(markets: frozenset[str] | None, **more: Any) -> list[str]:
        wanted = {"recipient_id": None, "after": None, "limit": 10} | more
        return [each.recipient_id for each in await transact(suppressed, markets, **wanted)]

    assert await listed(frozenset({"north"})) == ["two", "one"]
    assert await listed(frozenset({"north"}), limit=1) == ["two"]
    last = (AT + timedelta(seconds=1), hashed("two@people.example"))
    assert await listed(frozenset({"north"}), after=last) == ["one"]
    assert set(await listed(None)) == {"one", "two", "south"}
    assert await listed(None, recipient_id="south") == ["south"]


async def test_the_history_is_read_by_market_and_target_the_newest_first(transact: Transact) -> None:
    def note(desk: Any) -> None:
        desk.interventions.add(done("1"))
        desk.interventions.add(done("2", at=AT + timedelta(seconds=1), target="y"))
        desk.interventions.add(done("3", market="south"))

    await transact(_doing(note))

    async def read(markets: frozenset[str] | None, target: str | None, after: Any = None) -> list[str]:
        return [each.id for each in await transact(history, markets, target=target, after=after, limit=10)]

    assert await read(frozenset({"north"}), None) == ["2", "1"]
    assert await read(None, "x") == ["3", "1"]
    assert await read(None, None, after=(AT, "3")) == ["1"]
    assert await transact(lambda desk: desk.interventions.get("3")) == done("3", market="south")


async def test_a_mail_is_resent_and_an_address_lifted_once_for_one_key(transact: Transact) -> None:
    def ended(desk: Any) -> None:
        desk.deliveries.put(a_delivery().expired(desk.now))
        desk.dead_addresses.put(a_dead_address(**SOON))

    await transact(_doing(ended))
    resending, lifting = (Act(id=id, by="sofia", reason="the server is back", markets=None) for id in ("a-1", "a-2"))
    for _ in range(2):
        await transact(resend, resending, "d-1", addressed=())
        await transact(lift, lifting, hashed("anna@people.example"))

    row = await transact(lambda desk: desk.deliveries.get("d-1"))
    assert (row.resends, row.ended, row.message_id) == (1, None, a_delivery().message_id)
    assert await transact(lambda desk: desk.dead_addresses.get(hashed("anna@people.example"))) is None
    assert {each.id for each in await transact(history, None, target=None, limit=10)} == {"a-1", "a-2"}


async def test_the_oldest_mail_that_no_server_took_is_known(transact: Transact) -> None:
    def try_in_vain(desk: Any) -> None:
        for id, begun in (("d-1", AT), ("d-2", AT - timedelta(hours=1)), ("d-3", AT - timedelta(hours=2))):
            row = a_delivery(id=id, created=begun, market="north" if id != "d-3" else "south").claim(AT, timedelta(minutes=1))
            desk.deliveries.put(row.handed_back(1, AT, reason="no connection", delay=timedelta(seconds=30)))

    assert await transact(lambda desk: desk.deliveries.untried_since(["north"])) is None
    await transact(_doing(try_in_vain))
    assert await transact(lambda desk: desk.deliveries.untried_since(["north"])) == AT - timedelta(hours=1)


def _doing(what: Callable[[Any], None]) -> Callable[[Any], Awaitable[None]]:
    async def use_case(desk: Any) -> None:
        what(desk)

    return use_case
