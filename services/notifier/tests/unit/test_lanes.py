"""How mails share the places that there are."""

import asyncio

import pytest
from notifier.dispatch.lanes import HostStuck, Lanes
from parley_chassis.testing import eventually


class Mails:
    """Mails that hold their place until they are let go."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.inside: list[str] = []
        self.go = asyncio.Semaphore(0)

    async def hold(self, host: str) -> None:
        async with self.lanes.place(host):
            self.inside.append(host)
            await self.go.acquire()


async def test_one_host_gets_five_places_of_eight() -> None:
    mails = Mails(Lanes(8))
    async with asyncio.TaskGroup() as group:
        for host in ["down.example"] * 9 + ["other.example"] * 9:
            group.create_task(mails.hold(host))
        await eventually(lambda: len(mails.inside) == 8)
        assert (mails.inside.count("down.example"), mails.inside.count("other.example")) == (5, 3)
        for _ in range(18):
            mails.go.release()

    assert len(mails.inside) == 18
    assert mails.lanes._lanes == {}


async def test_who_waits_where_nothing_moves_is_sent_away() -> None:
    mails = Mails(Lanes(1, patience=0.05))
    holding = asyncio.create_task(mails.hold("down.example"))
    await eventually(lambda: mails.inside)

    with pytest.raises(HostStuck):
        await mails.hold("down.example")

    mails.go.release()
    await holding
    mails.go.release()
    await mails.hold("down.example")


async def test_who_waits_where_something_moves_gets_a_place() -> None:
    mails = Mails(Lanes(1, patience=0.3))
    tasks = [asyncio.create_task(mails.hold("slow.example")) for _ in range(5)]
    for turn in range(1, 6):
        await eventually(lambda turn=turn: len(mails.inside) == turn)  # type: ignore[misc]
        asyncio.get_running_loop().call_later(0.2, mails.go.release)
    await asyncio.gather(*tasks)


async def test_a_host_is_not_to_blame_while_its_mail_waits_for_our_own_database() -> None:
    lanes = Lanes(1, patience=0.02)
    stored, inside = asyncio.Event(), asyncio.Event()

    async def slow_to_store() -> None:
        async with lanes.place("fine.example") as lane:
            with lane.our_turn():
                inside.set()
                await stored.wait()

    storing = asyncio.create_task(slow_to_store())
    await inside.wait()
    waiting = asyncio.create_task(slow_to_store())
    done, _ = await asyncio.wait({waiting}, timeout=0.2)
    stored.set()
    await asyncio.gather(storing, waiting)

    assert not done, "it was sent away because of us"
