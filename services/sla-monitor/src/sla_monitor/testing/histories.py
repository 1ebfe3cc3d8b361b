"""Random histories of a conversation, for property tests: logs that keep the watermark promise."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hypothesis import strategies as st

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.events import Closed, Erased, Event, HandedBack, HandedOver, Posted, Rated, Removed, Reopened, Waived
from sla_monitor.domain.facts import Fact
from sla_monitor.domain.fold import fold
from sla_monitor.domain.passing import advance
from sla_monitor.domain.policy import BEGINNING, Entry, Policy, PolicyBook
from sla_monitor.domain.words import HandOver, Role, Side
from sla_monitor.testing.memory import T

HOUR = timedelta(hours=1)
BOOK = PolicyBook((Entry("", BEGINNING, Policy(target=6 * HOUR, warn_at=(2 * HOUR, 4 * HOUR), support_target=3 * HOUR)),))
"""Short targets, so that a history of some hours meets them."""

Record = Event | datetime
"""An event, or a watermark."""

_sides = st.sampled_from([Role.SELLER, Role.SUPPORT])
_actions = st.one_of(
    st.tuples(st.just("wrote"), st.sampled_from([Role.BUYER, Role.GUEST, Role.SELLER, Role.SUPPORT])),
    st.tuples(st.just("wrote"), st.sampled_from([Role.BUYER, Role.SELLER])),
    st.tuples(st.just("noted"), _sides),
    st.tuples(st.just("closed"), st.sampled_from([Role.BUYER, Role.SELLER, Role.SUPPORT])),
    st.tuples(st.just("reopened"), st.sampled_from([Role.BUYER, Role.SELLER])),
    st.tuples(st.just("handed over"), st.sampled_from(HandOver)),
    st.tuples(st.just("handed back"), st.none()),
    st.tuples(st.just("waived"), st.sampled_from(Side)),
    st.tuples(st.just("removed"), st.integers(1, 12)),
    st.tuples(st.just("rated"), st.integers(1, 5)),
    st.tuples(st.just("something else"), st.none()),
)
_voids = st.one_of(_actions, st.tuples(st.just("spam"), st.integers(1, 12)), st.tuples(st.just("erased"), st.none()))
_gaps = st.one_of(st.integers(1, 5 * 3600), st.sampled_from([2 * 3600, 3 * 3600, 6 * 3600])).map(lambda seconds: timedelta(seconds=seconds))


def logs(actions: st.SearchStrategy[tuple[str, object]], *, least: int = 1) -> st.SearchStrategy[list[Record]]:
    """Logs that keep the watermark promise: after a watermark nothing comes with a time at or before it."""
    steps = st.lists(st.tuples(_gaps, st.one_of(actions, st.just(("watermark", None)))), min_size=least, max_size=25)
    return steps.map(_log)


def folded(log: list[Record]) -> Iterator[tuple[Conversation, tuple[Fact, ...]]]:
    """The conversation after each record, with the facts that it brought."""
    conversation, watermark = Conversation(id="a conversation"), None
    for record in log:
        if isinstance(record, Event):
            conversation, facts = fold(conversation, record, watermark=watermark, book=BOOK)
        else:
            watermark = record
            conversation, facts = advance(conversation, record, BOOK)
        yield conversation, facts


def _log(steps: list[tuple[timedelta, tuple[str, object]]]) -> list[Record]:
    at, sequence, records = T, 1, list[Record]()
    records.append(Posted(id="event 1", sequence=1, at=T, by=Role.BUYER, message_id="m1"))
    for gap, (word, detail) in steps:
        at += gap
        if word == "watermark":
            records.append(at)
        else:
            sequence += 1
            records.append(_event(word, detail, sequence, at))
    return [*records, at + 100 * HOUR]


def _event(word: str, detail: object, sequence: int, at: datetime) -> Event:
    id = f"event {sequence}"
    message = f"m{sequence}"
    match word, detail:
        case "wrote" | "noted", Role() as role:
            return Posted(id=id, sequence=sequence, at=at, by=role, message_id=message, public=word == "wrote")
        case "closed", Role() as role:
            return Closed(id=id, sequence=sequence, at=at, by=role)
        case "reopened", Role() as role:
            return Reopened(id=id, sequence=sequence, at=at, by=role, message_id=message)
        case "handed over", HandOver() as reason:
            return HandedOver(id=id, sequence=sequence, at=at, reason=reason)
        case "handed back", None:
            return HandedBack(id=id, sequence=sequence, at=at)
        case "waived", Side() as side:
            return Waived(id=id, sequence=sequence, at=at, side=side)
        case "removed" | "spam", int() as number:
            return Removed(id=id, sequence=sequence, at=at, message_id=f"m{number}", spam=word == "spam")
        case "rated", int() as stars:
            return Rated(id=id, sequence=sequence, at=at, stars=stars, side=Side.SELLER if stars != 2 else Side.SUPPORT)
        case "erased", _:
            return Erased(id=id, sequence=sequence, at=at)
        case _:
            return Event(id=id, sequence=sequence, at=at)


ordinary, whatever, some_days = logs(_actions), logs(_voids), logs(_voids, least=15)
"""Without and with removals as spam and erasures, which make nothing overdue by themselves; and such that pass midnight."""
