"""Parties and guests as the address book keeps them."""

import structlog
from parley_chassis.parking import Poison
from parley_chassis.records import Received
from parley_contracts.inquiries import GuestRegistered
from parley_contracts.marketplace import PartyChanged

from notifier.domain.addresses import AddressRefused, checked
from notifier.domain.recipients import Party

log = structlog.get_logger(__name__)


def party_of(received: Received[PartyChanged]) -> Party:
    """A person or a shop of the marketplace."""
    said = received.data
    _check_subject(said.id, received)
    return Party(
        id=said.id,
        kind=str(said.kind),
        seller_id=said.seller_id,
        name=said.display_name,
        address=_address(said.email, said.id),
        language=said.language,
        time_zone=said.time_zone,
        market=said.market,
        wants_mail=said.wants_mail,
        as_of=received.envelope.time,
    )


def guest_of(received: Received[GuestRegistered]) -> Party:
    """Somebody without an account who asked and left an address."""
    said = received.data
    _check_subject(said.id, received)
    return Party(
        id=said.id,
        kind="guest",
        seller_id=None,
        name=said.name,
        address=_address(said.email, said.id),
        language=said.language,
        time_zone=None,
        market=said.market,
        wants_mail=True,
        as_of=received.envelope.time,
    )


def _check_subject(id: str, received: Received[PartyChanged] | Received[GuestRegistered]) -> None:
    if id != received.envelope.subject:
        raise Poison("the data is about one party and the record about another: send each under its own key")


def _address(text: str | None, party_id: str) -> str | None:
    """An address that cannot be mailed is none: mails wait for a better one, and end as no_address."""
    try:
        return checked(text) if text else None
    except AddressRefused as refused:
        log.warning("A party has an address that cannot be mailed", party_id=party_id, reason=str(refused))
        return None
