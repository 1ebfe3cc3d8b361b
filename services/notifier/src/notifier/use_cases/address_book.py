"""Who somebody is, as the marketplace tells: a change wakes the mails that waited for it, an erasure ends them."""

from datetime import datetime

from notifier.domain.dead_addresses import hashed
from notifier.domain.recipients import Party, party, side
from notifier.ports import Desk


async def know(desk: Desk, person: Party) -> None:
    """Take over what is newer than what is known, and send what waited for an address."""
    known = await desk.people.as_of(person.id)
    if known and known > person.as_of:
        return
    before = await desk.people.get(person.id)
    if before and before.address and before.address != person.address:
        # What is known of an address goes when nobody has it any more.
        desk.dead_addresses.remove(hashed(before.address))
    desk.people.put(person)
    if person.address is None:
        return
    waiting = [party(person.id).key]
    if shop := person.seller_id or (person.id if person.kind == "seller" else None):
        waiting.append(side(shop).key)
        await desk.people.touch(shop)
    for delivery in await desk.deliveries.unknown(waiting):
        desk.deliveries.put(delivery.wake(desk.now))


async def forget(desk: Desk, party_id: str, as_of: datetime) -> None:
    """Erase a person: the address, what was known of it, and every mail that is not on its way."""
    known = await desk.people.as_of(party_id)
    if known and known > as_of:
        return
    person = await desk.people.get(party_id)
    if person and person.address:
        desk.dead_addresses.remove(hashed(person.address))
    await desk.dead_addresses.forget(party_id)
    desk.people.erase(party_id, as_of)
    erased = [delivery.erased(desk.now) for delivery in await desk.deliveries.unfinished(party(party_id).key)]
    for delivery in erased:
        desk.deliveries.put(delivery)
    await desk.publish(erased)
