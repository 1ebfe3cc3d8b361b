"""Reply templates: keep, change, remove and offer them."""

from collections.abc import Sequence
from dataclasses import replace

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.refusals import Erased, NotFound, OwnerNeeded, RoleNotAllowed, TooManyTemplates
from parley_conversation.domain.templates import MOST_OF_AN_OWNER, Owner, ReplyTemplate, owners_of
from parley_conversation.domain.words import Role
from parley_conversation.ports import Transaction


async def browse_templates(tx: Transaction, person: Person, *, after: str | None, limit: int) -> tuple[ReplyTemplate, ...]:
    """Those of one's shops and markets, the oldest first."""
    return await tx.templates.of(_owners(person), after=after, limit=limit)


async def keep_template(tx: Transaction, person: Person, template: ReplyTemplate) -> ReplyTemplate:
    """Keep a new one. Who works for several shops or markets says for which."""
    owners = _owners(person)
    named = template.owner
    if named == Owner() and len(owners) == 1:
        template = replace(template, owner=owners[0])
    elif named not in owners:
        raise OwnerNeeded
    if shop := template.owner.seller_id:
        if await tx.parties.is_erased(shop):
            raise Erased
        await tx.parties.claim(shop)  # an erasure at the same moment must see the template
    if len(await tx.templates.of([template.owner], after=None, limit=MOST_OF_AN_OWNER)) >= MOST_OF_AN_OWNER:
        raise TooManyTemplates
    tx.templates.put(template)
    return template


async def change_template(tx: Transaction, person: Person, id: str, *, title: str, text: str, language: str | None) -> ReplyTemplate:
    """Give one of one's own another title and text."""
    changed = replace(await _own(tx, person, id), title=title, text=text, language=language)
    tx.templates.put(changed)
    return changed


async def remove_template(tx: Transaction, person: Person, id: str) -> None:
    tx.templates.remove((await _own(tx, person, id)).id)


async def check_own(tx: Transaction, person: Person, id: str | None = None) -> None:
    """Refuse who keeps no templates, or not this one."""
    if id is None:
        _owners(person)
    else:
        await _own(tx, person, id)


async def offered(tx: Transaction, conversation: Conversation, reader: Actor) -> Sequence[ReplyTemplate]:
    """Those that fit a conversation, in the buyer's language first: the shop's for its seller, the market's for support."""
    owner = {Role.SELLER: Owner(seller_id=conversation.seller_id), Role.SUPPORT: Owner(market=conversation.market)}.get(reader.role)
    found = await tx.templates.of([owner], after=None, limit=MOST_OF_AN_OWNER) if owner else ()
    return sorted(found, key=lambda each: not each.is_in(conversation.language))


def _owners(person: Person) -> tuple[Owner, ...]:
    owners = () if person.link is not None else owners_of(person)
    if not owners:
        raise RoleNotAllowed
    return owners


async def _own(tx: Transaction, person: Person, id: str) -> ReplyTemplate:
    owners = _owners(person)
    found = await tx.templates.get(id)
    if found is None or found.owner not in owners:
        raise NotFound
    return found
