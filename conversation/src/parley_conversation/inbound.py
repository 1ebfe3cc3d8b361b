"""The marketplace's word about people and shops as conversations keep it, whichever way it came in."""

from datetime import datetime

from parley_contracts.marketplace import PartyChanged

from parley_conversation.domain.parties import Party, PartyKind


def party_of(said: PartyChanged, at: datetime) -> Party:
    """What a conversation needs to know of a person or a shop; the address is not among it."""
    return Party(
        id=said.id,
        kind=PartyKind(said.kind.value),
        display_name=said.display_name,
        market=said.market,
        time=at,
        seller_id=said.seller_id,
        language=said.language,
        country=said.country,
        has_account=said.has_account,
    )
