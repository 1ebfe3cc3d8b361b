"""The loop that sends: on a desk in memory, with a mailer that does as it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from notifier.dispatch import Dispatcher
from notifier.domain.recipients import party
from notifier.domain.rules import Rules
from notifier.domain.words import State
from notifier.ports import CannotWrite, Delayed, Job, Mail, NotTried, Unanswered
from notifier.testing.builders import a_delivery, a_party
from notifier.testing.mailer import ScriptedMailer
from parley_chassis.commands import Busy
from parley_chassis.testing import eventually


def written(job: Job) -> Mail:
    if job.recipient_name == "Unwritable":
        raise CannotWrite("the template is broken")
    return Mail(sender="post@north.example", recipient=job.address, content=b"")


@dataclass
class Transact:
    """Runs use cases on the desk; refuses so many of some of them first."""

    desk: Any
    refusals: dict[str, int] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    shut: dict[str, asyncio.Event] = field(default_factory=dict)

    async def __call__(self, use_case: Callable[..., Awaitable[Any]], /, *arguments: Any, **options: Any) -> Any:
        name = getattr(use_case, "__name__", "")
        if self.refusals.get(name):
            self.refusals[name] -= 1
            raise Busy
        self.ran.append(name)
        if name in self.shut:
            await self.shut[name].wait()
        return await use_case(self.desk, *arguments, **options)


@dataclass
class Post:
    """A dispatcher and everything around it."""

    desk: Any
    rules: Rules
    mailer: ScriptedMailer
    transact: Transact
    clock: list[float] = field(default_factory=lambda: [0.0])

    @asynccontextmanager
    async def running(self, *, mails: int = 4, drain: float = 5.0, patience: float = 5.0) -> AsyncIterator[Dispatcher]:
        clock = self.clock
        dispatcher = Dispatcher(
            self.transact,
            self.mailer,
            written,
            self.rules,
            mails=mails,
            clock=lambda: clock[0],
            jitter=lambda: 0.0,
            drain=drain,
            patience=patience,
        )
        run = asyncio.create_task(dispatcher.run())
        try:
            yield dispatcher
        finally:
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run

    def states(self) -> dict[str, State]:
        return {id: row.state for id, row in self.desk.deliveries.rows.items()}

    async def ended(self, **states: State) -> None:
        expected = {id.replace("_", "-"): state for id, state in states.items()}
        await eventually(lambda: {id: self.states()[id] for id in expected} == expected)


@pytest.fixture
def mailer() -> ScriptedMailer:
    mailer = ScriptedMailer()
    mailer.before.set()
    mailer.after.set()
    return mailer


@pytest.fixture
def post(desk: Any, rules: Rules, mailer: ScriptedMailer) -> Post:
    desk.people.put(a_party("anna"))
    return Post(desk, rules, mailer, Transact(desk))


async def test_what_is_due_at_the_start_is_sent(post: Post) -> None:
    post.desk.deliveries.put(a_delivery())
    async with post.running():
        await post.ended(d_1=State.SENT)

    assert post.mailer.sent == ["anna@people.example"]
    assert post.mailer.closed


async def test_what_comes_later_is_sent_when_somebody_says_so(post: Post) -> None:
    async with post.running() as dispatcher:
        await eventually(lambda: "claim" in post.transact.ran)
        post.desk.deliveries.put(a_delivery())
        dispatcher.wake()
        await post.ended(d_1=State.SENT)


async def test_no_more_mails_are_under_way_than_allowed(post: Post) -> None:
    for n in range(12):
        post.desk.people.put(a_party(f"p-{n}", address=f"p-{n}@host-{n % 3}.example"))
        post.desk.deliveries.put(a_delivery(id=f"d-{n}", conversation_id=f"c-{n}", recipient=party(f"p-{n}")))
    async with post.running(mails=3):
        await eventually(lambda: len(post.mailer.sent) == 12)

    assert post.mailer.most_at_once == 3


async def test_the_dot_is_stored_before_the_text_leaves(post: Post) -> None:
    post.mailer.after.clear()
    post.desk.deliveries.put(a_delivery())
    async with post.running():
        await eventually(lambda: post.mailer.sent)
        assert post.states() == {"d-1": State.DOT}
        post.mailer.after.set()
        await post.ended(d_1=State.SENT)


async def test_no_text_leaves_where_the_dot_cannot_be_stored(post: Post) -> None:
    post.transact.refusals["reach_dot"] = 1
    post.desk.deliveries.put(a_delivery())
    async with post.running():
        await eventually(lambda: post.mailer.begun)
        await eventually(lambda: not post.transact.refusals["reach_dot"])

    assert post.mailer.sent == []


async def test_a_text_that_is_about_to_leave_does_not_wait_until_what_became_of_others_is_stored(post: Post) -> None:
    post.transact.shut = {"settle": asyncio.Event()}
    for n in range(2):
        post.desk.people.put(a_party(f"p-{n}"))
        post.desk.deliveries.put(a_delivery(id=f"d-{n}", conversation_id=f"c-{n}", recipient=party(f"p-{n}")))
    async with post.running(mails=1):
        await eventually(lambda: len(post.mailer.sent) == 2)
        assert post.states() == {"d-0": State.DOT, "d-1": State.DOT}
        post.transact.shut["settle"].set()
        await post.ended(d_0=State.SENT, d_1=State.SENT)


async def test_what_became_of_a_mail_is_stored_as_soon_as_the_database_is_back(post: Post) -> None:
    post.transact.refusals = {"claim": 1}
    post.mailer.after.clear()
    post.desk.deliveries.put(a_delivery())
    async with post.running():
        await eventually(lambda: post.mailer.sent)
        post.transact.refusals = {"settle": 2}
        post.mailer.after.set()
        await post.ended(d_1=State.SENT)

    assert post.mailer.sent == ["anna@people.example"]


async def test_a_broken_template_delays_its_mail_and_no_other(post: Post) -> None:
    post.desk.people.put(a_party("bea", name="Unwritable"))
    post.desk.deliveries.put(a_delivery(id="d-1", recipient=party("bea")))
    post.desk.deliveries.put(a_delivery(id="d-2"))
    async with post.running():
        await post.ended(d_1=State.RETRY, d_2=State.SENT)


async def test_a_server_that_is_gone_is_probed_now_and_then(post: Post) -> None:
    post.mailer.script = [NotTried(reason="connect")] * 6
    for n in range(12):
        post.desk.deliveries.put(a_delivery(id=f"d-{n}", conversation_id=f"c-{n}"))
    async with post.running(mails=5) as dispatcher:
        await eventually(lambda: post.mailer.begun == 5)
        post.clock[0] = 30.0
        dispatcher.wake()
        await eventually(lambda: post.mailer.begun == 6)
        assert all(row.attempts == 0 for row in post.desk.deliveries.rows.values())

        post.clock[0] = 60.0
        post.desk.later(seconds=60)
        dispatcher.wake()
        await eventually(lambda: len(post.mailer.sent) == 12)


async def test_a_host_that_asked_for_a_rest_gets_no_further_mail(post: Post) -> None:
    post.mailer.script = [Delayed(reason="RCPT: 451 4.7.1", code=451, host_busy=True)]
    post.desk.deliveries.put(a_delivery(id="d-1"))
    async with post.running() as dispatcher:
        await post.ended(d_1=State.RETRY)
        post.desk.deliveries.put(a_delivery(id="d-2"))
        dispatcher.wake()
        await eventually(lambda: post.desk.deliveries.rows["d-2"].due == post.desk.now + timedelta(seconds=60))


async def test_mails_that_cannot_be_written_do_not_count_against_the_server(post: Post) -> None:
    post.desk.people.put(a_party("bea", name="Unwritable"))
    for n in range(8):
        post.desk.deliveries.put(a_delivery(id=f"b-{n}", conversation_id=f"c-{n}", recipient=party("bea")))
    post.desk.deliveries.put(a_delivery(id="d-1"))
    async with post.running(mails=1) as dispatcher:
        await eventually(lambda: [post.states()[f"b-{n}"] for n in range(8)] == [State.RETRY] * 8)
        post.desk.deliveries.put(a_delivery(id="d-2", conversation_id="c-9"))
        dispatcher.wake()
        await post.ended(d_1=State.SENT, d_2=State.SENT)


async def test_hosts_that_let_the_server_wait_do_not_count_against_it(post: Post) -> None:
    post.mailer.script = [Delayed(reason="RCPT: no reply", host_busy=True)] * 8
    for n in range(8):
        post.desk.people.put(a_party(f"p-{n}", address=f"p@slow-{n}.example"))
        post.desk.deliveries.put(a_delivery(id=f"b-{n}", conversation_id=f"c-{n}", recipient=party(f"p-{n}")))
    async with post.running(mails=1) as dispatcher:
        await eventually(lambda: [post.states()[f"b-{n}"] for n in range(8)] == [State.RETRY] * 8)
        post.desk.deliveries.put(a_delivery(id="d-2", conversation_id="c-9"))
        dispatcher.wake()
        await post.ended(d_2=State.SENT)


async def test_a_host_that_is_down_leaves_room_for_all_others_and_its_mails_are_not_charged(post: Post) -> None:
    post.mailer.stuck_host = "down.example"
    for n in range(20):
        post.desk.people.put(a_party(f"p-{n}", address=f"p-{n}@down.example"))
        post.desk.deliveries.put(a_delivery(id=f"b-{n}", conversation_id=f"c-{n}", recipient=party(f"p-{n}")))
    async with post.running(mails=8, patience=0.2) as dispatcher:
        await eventually(lambda: post.mailer.begun == 5)
        post.desk.deliveries.put(a_delivery(id="d-1", conversation_id="c-99"))
        dispatcher.wake()
        await post.ended(d_1=State.SENT)

        resting = post.desk.now + timedelta(seconds=60)
        await eventually(lambda: sum(row.due == resting for row in post.desk.deliveries.rows.values()) == 15)
        assert all(row.attempts == 0 for row in post.desk.deliveries.rows.values() if row.due == resting)
        assert post.mailer.begun == 6


async def test_a_stop_gives_back_what_has_not_left(post: Post) -> None:
    post.mailer.before.clear()
    post.desk.deliveries.put(a_delivery())
    async with post.running():
        await eventually(lambda: post.mailer.begun)

    row = post.desk.deliveries.rows["d-1"]
    assert (row.state, row.due, row.attempts) == (State.PENDING, post.desk.now, 0)
    assert post.mailer.sent == []


async def test_a_stop_in_the_middle_of_a_claim_gives_back_what_was_claimed(post: Post) -> None:
    gate = post.transact.shut["claim"] = asyncio.Event()
    post.desk.deliveries.put(a_delivery())
    asyncio.get_running_loop().call_later(0.1, gate.set)
    async with post.running():
        await eventually(lambda: "claim" in post.transact.ran)

    row = post.desk.deliveries.rows["d-1"]
    assert (row.state, row.epoch, row.due) == (State.PENDING, 1, post.desk.now)


async def test_a_stop_waits_for_the_reply_to_what_has_left(post: Post) -> None:
    post.mailer.after.clear()
    post.desk.deliveries.put(a_delivery())
    async with post.running():
        await eventually(lambda: post.mailer.sent)
        asyncio.get_running_loop().call_later(0.1, post.mailer.after.set)

    assert post.states() == {"d-1": State.SENT}


async def test_a_stop_leaves_open_what_got_no_reply(post: Post) -> None:
    post.mailer.after.clear()
    post.desk.deliveries.put(a_delivery())
    async with post.running(drain=0.05):
        await eventually(lambda: post.mailer.sent)

    row = post.desk.deliveries.rows["d-1"]
    assert (row.state, row.ambiguous) == (State.AMBIGUOUS, 1)


async def test_a_reply_that_is_lost_leaves_the_mail_open(post: Post) -> None:
    post.mailer.script = [Unanswered(reason="no reply")]
    post.desk.deliveries.put(a_delivery())
    async with post.running():
        await post.ended(d_1=State.AMBIGUOUS)
