"""Support and the engineer on call look up what became of mails."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from notifier.domain.addresses import masked
from notifier.domain.delivery import Delivery
from notifier.domain.recipients import RecipientKind
from notifier.ports import Desk, Looking


class NothingThere(Exception):
    """There is no such delivery, or it is not yours to see."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A delivery as somebody may see it; the address is masked, and absent where none is known or may be seen."""

    delivery: Delivery
    address: str | None


async def look(desk: Desk, looking: Looking, *, addressed: Collection[str]) -> list[Seen]:
    """A page of deliveries. ``addressed`` are the markets whose masked addresses may be seen."""
    found = await desk.deliveries.look(looking)
    return await _seen(desk, found, addressed=addressed)


async def look_at(desk: Desk, id: str, markets: frozenset[str] | None, *, addressed: Collection[str]) -> Seen:
    """One delivery; raises NothingThere."""
    delivery = await desk.deliveries.get(id)
    if delivery is None or (markets is not None and delivery.market not in markets):
        raise NothingThere
    return (await _seen(desk, [delivery], addressed=addressed))[0]


async def _seen(desk: Desk, deliveries: Sequence[Delivery], *, addressed: Collection[str]) -> list[Seen]:
    parties = [each for each in deliveries if each.recipient.kind is RecipientKind.PARTY and each.market in addressed]
    await desk.people.load(each.recipient.id for each in parties)
    addresses = {each.id: person.address for each in parties if (person := await desk.people.get(each.recipient.id))}
    return [Seen(each, masked(address) if (address := addresses.get(each.id)) else None) for each in deliveries]
