"""Answer who owes what: lists, counts, and one cycle with its evidence."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sla_monitor.domain.policy import Entry, PolicyBook, Scope
from sla_monitor.domain.responses import Place, Response, Sight, Standing, Wanted
from sla_monitor.ports import Kept, Partition, Transaction


class NothingThere(LookupError):
    """There is no such thing, or it may not be seen."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of cycles. ``read_to`` is the instant up to which every partition was provably read, if there is one."""

    responses: list[Response]
    now: datetime
    read_to: datetime | None
    following: Place | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many answers are owed."""

    now: datetime
    read_to: datetime | None
    standings: Counter[str] = field(default_factory=Counter)
    markets: Counter[str] = field(default_factory=Counter)
    owed_by: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Explained:
    """One cycle and what proves it. ``frozen``: a parked record holds its clock; ``watermark``: how far its partition was read."""

    response: Response
    now: datetime
    policy: Entry | None
    frozen: bool
    watermark: datetime | None


async def list_responses(tx: Transaction, sight: Sight, wanted: Wanted, *, after: Place | None, limit: int) -> Listing:
    """A page of what is wanted and may be seen."""
    _check(sight, wanted)
    found = await tx.responses.page(sight, wanted, after, limit + 1)
    page = found[:limit]
    following = Place(page[-1].orders_by, page[-1].cycle.id) if len(found) > limit else None
    return Listing(page, tx.now, await read_to(tx), following)


async def count_responses(tx: Transaction, sight: Sight, wanted: Wanted) -> Counts:
    """How many answers are owed, by standing, market, side and category."""
    _check(sight, wanted)
    counts = Counts(tx.now, await read_to(tx))
    for each in await tx.responses.counts(sight, wanted):
        counts.standings[each.standing] += each.number
        counts.markets[each.market] += each.number
        counts.owed_by[each.owed_by] += each.number
        counts.categories[each.category] += each.number
    return counts


async def explain_response(tx: Transaction, sight: Sight, cycle_id: str) -> Explained:
    """One cycle with its evidence."""
    response = await tx.responses.get(cycle_id)
    if response is None or not sight.covers(market=response.market, seller_id=response.seller_id):
        raise NothingThere
    kept = await tx.conversations.kept(response.conversation_id)
    frozen = kept is not None and kept.conversation.frozen and response.standing is not Standing.SETTLED
    place = Partition(kept.topic, kept.partition) if kept and kept.partition is not None else None
    watermark = (await tx.watermarks()).get(place) if place else None
    return Explained(response, tx.now, _line(await tx.policies.book(), response), frozen, watermark)


async def list_frozen(tx: Transaction, *, after: str | None = None, limit: int) -> list[Kept]:
    """The conversations whose clock a parked record holds."""
    return await tx.conversations.frozen(after, limit)


def _line(book: PolicyBook, response: Response) -> Entry | None:
    """The line of the book that the cycle was opened under."""
    scopes = Scope(response.market, response.category, response.seller_id).with_more_general()
    named = (response.cycle.policy, response.cycle.policy_version)
    return next((each for each in book.entries if each.scope in scopes and (each.policy.id, each.policy.version) == named), None)


def _check(sight: Sight, wanted: Wanted) -> None:
    """Asking for a seller or market of others is answered as if it did not exist."""
    if sight.everything or not (wanted.market or wanted.seller_id):
        return
    as_support = sight.markets and wanted.market in {None, *sight.markets}
    as_seller = sight.sellers and wanted.seller_id in {None, *sight.sellers}
    if not (as_support or as_seller):
        raise NothingThere


async def read_to(tx: Transaction) -> datetime | None:
    """The instant up to which every partition was provably read, if there is one."""
    watermarks = (await tx.watermarks()).values()
    known = [watermark for watermark in watermarks if watermark]
    return min(known) if known and len(known) == len(watermarks) else None
