"""Who may see a conversation, as what, and what a direct link lets its holder do."""

from collections.abc import Mapping

from parley_conversation.domain.cells import Command
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.parties import Party
from parley_conversation.domain.people import Person
from parley_conversation.domain.refusals import NotFound, RoleNotAllowed, SignInNeeded
from parley_conversation.domain.words import LinkMode, Role

BY_LINK: Mapping[Role, frozenset[Command]] = {
    Role.BUYER: frozenset({Command.REPLY, Command.CLOSE, Command.REOPEN, Command.RATE}),
    Role.SELLER: frozenset({Command.REPLY, Command.REPLY_AND_CLOSE, Command.CLOSE, Command.APPEAL, Command.WAIVE}),
}
"""What can be done without a sign-in. Notes, refunds and boards are not in it; support always signs in."""


def role_of(person: Person, conversation: Conversation, holder: Party | None = None) -> Role:
    """What this person is in this conversation, or NotFound: the same answer as for one that does not exist.

    ``holder`` is the marketplace's word about the holder of a link, who must belong to the conversation now.
    """
    role = _by_link(person, conversation, holder) if person.link else _by_sign_in(person, conversation)
    hidden = conversation.routed_only if role is Role.SELLER else role is not None and role.asks and not conversation.buyer_sees
    if role is None or hidden:
        raise NotFound
    return role


def check_link(person: Person, role: Role, market: MarketRules, command: Command | None = None) -> None:
    """Refuse what a link is not good for; a sign-in passes. ``command`` None is reading."""
    if person.link is None:
        return
    mode = market.link_mode(role)
    if mode is LinkMode.LOGIN:
        raise SignInNeeded
    if command is None:
        return
    allowed = BY_LINK.get(Role.BUYER if role.asks else role, frozenset())
    if mode is LinkMode.READ or command not in allowed:
        raise RoleNotAllowed


def _by_sign_in(person: Person, conversation: Conversation) -> Role | None:
    if person.asks and person.party_id == conversation.buyer.id:
        return conversation.buyer.role
    if conversation.seller_id in person.seller_ids:
        return Role.SELLER
    if conversation.market in person.markets:
        return Role.SUPPORT
    return Role.SYSTEM if person.moderates else None


def _by_link(person: Person, conversation: Conversation, holder: Party | None) -> Role | None:
    link = person.link
    if link is None or link.conversation_id != conversation.id:
        return None
    if link.role.asks:
        return conversation.buyer.role if person.party_id == conversation.buyer.id else None
    if link.role is Role.SELLER:
        return Role.SELLER if holder is not None and holder.acts_for(conversation.seller_id) else None
    return Role.SUPPORT if link.role is Role.SUPPORT else None
