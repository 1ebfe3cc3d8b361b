"""Who a side's mail goes to: people, queues, or the side itself while nobody of it is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notifier.domain.words import Audience


class RecipientKind(StrEnum):
    """A person or shop, a market's queue, or a side of which nobody is known yet."""

    PARTY = "party"
    QUEUE = "queue"
    SIDE = "side"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient: a party's id, a queue's name with its market, or the id of the seller whose side is meant."""

    kind: RecipientKind
    id: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A person or a shop, as the marketplace (or a guest) told of it. ``address`` has been checked."""

    id: str
    kind: str
    seller_id: str | None
    name: str
    address: str | None
    language: str | None
    time_zone: str | None
    market: str
    wants_mail: bool
    as_of: datetime


def party(id: str) -> Recipient:
    return Recipient(RecipientKind.PARTY, id)


def queue(audience: Audience, market: str) -> Recipient:
    """A market's own address for an audience: the support queue, the on-call address."""
    return Recipient(RecipientKind.QUEUE, f"{audience}:{market}")


def side(seller_id: str) -> Recipient:
    return Recipient(RecipientKind.SIDE, seller_id)


def of_seller(seller_id: str, assignee: Party | None, shop: Party | None, members: Sequence[Party]) -> list[Recipient]:
    """The assignee, else the members who want mail, else the shop's own address, else the side, to be looked up again."""
    if assignee and assignee.address and assignee.wants_mail and seller_id in (assignee.seller_id, assignee.id):
        return [party(assignee.id)]
    if willing := [member for member in members if member.address and member.wants_mail]:
        return [party(member.id) for member in sorted(willing, key=lambda member: member.id)]
    if shop and shop.address:
        return [party(shop.id)]
    return [side(seller_id)]


def of_support(market: str, agent: Party | None) -> list[Recipient]:
    """The agent who acknowledged, else the market's queue."""
    if agent and agent.address and agent.wants_mail:
        return [party(agent.id)]
    return [queue(Audience.SUPPORT, market)]
