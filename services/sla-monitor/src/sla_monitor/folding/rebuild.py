"""Builds the state a second time from the log, up to where the live monitor has read, and compares the two."""

from collections.abc import Collection
from dataclasses import dataclass

from parley_chassis.database import own_database, prepare
from parley_chassis.decisions import history
from parley_chassis.mongo import Database, Transactions
from parley_chassis.probes import Readiness
from parley_chassis.replay import Replay, replaying
from parley_chassis.subscription import INDEXES as SUBSCRIPTION_INDEXES

from sla_monitor.consumers import subscription
from sla_monitor.domain.states import Comparison, compare
from sla_monitor.ports import Transaction
from sla_monitor.settings import Settings
from sla_monitor.store import INDEXES, Due, MongoTransaction, Shelf
from sla_monitor.store.states import copy_book, is_empty, known

DONE = "done"


class NotEmpty(RuntimeError):
    """The second database holds something already."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was read, and what came out."""

    records: int
    comparison: Comparison


async def rebuild(settings: Settings, second: Settings) -> Rebuilt:
    """Fold the log of these settings into the database of the ``second`` ones, beside a live monitor that goes on."""
    async with own_database(settings, Readiness()) as live, own_database(second, Readiness()) as into:
        if not await is_empty(into):
            raise NotEmpty
        await prepare(into, (*SUBSCRIPTION_INDEXES, *INDEXES))
        await copy_book(live, into)
        due = Due(into, rereads=True)
        await due.look()
        follower = subscription(quietly(into), due.nothing)
        async with replaying(follower, into, settings) as replay:
            comparison = await _compared(live, into, replay)
            return Rebuilt(replay.applied, comparison)


def quietly(database: Database) -> Transactions[Transaction]:
    """The runner of the use cases, which publishes nothing."""
    shelf = Shelf()
    return Transactions(database, lambda unit: MongoTransaction(unit, publish=None, shelf=shelf))


async def _compared(live: Database, into: Database, replay: Replay[Transaction]) -> Comparison:
    found = await _fold_and_compare(live, into, replay)
    if not found.differing:
        return found
    # The live state may have been caught between two transactions of one watermark: what differs is looked at once more, further on.
    return found.looked_again(await _fold_and_compare(live, into, replay, only=found.differing))


async def _fold_and_compare(
    live: Database, into: Database, replay: Replay[Transaction], *, only: Collection[str] | None = None
) -> Comparison:
    state = await known(live, only=only)
    # Asked for after the state was read: each decision that the state holds is among them.
    done = [each for each in await history(live, limit=0) if each.result == DONE]
    repeated = await replay.read_to(state.read_to, sorted(done, key=lambda each: str(each.done_at)))
    unrepeatable = {each.subject or "" for each in repeated if each.result != DONE}
    return compare(state, await known(into, only=only), unrepeatable=unrepeatable)
