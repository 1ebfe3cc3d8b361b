"""What only inquiries do: ask, bring in what was asked in an old system, and forget guests. Everything else is the kernel's."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.messages import Message
from parley_conversation.domain.parties import Party, PartyKind
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.refusals import Erased, OwnShop, RoleNotAllowed
from parley_conversation.domain.rules import Act
from parley_conversation.domain.turn import Told
from parley_conversation.domain.words import Category, CloseReason, Role
from parley_conversation.use_cases.entering import Asked, Seat, keep
from parley_conversation.use_cases.images import attached, take
from parley_conversation.use_cases.importing import Old, bring_in
from parley_conversation.use_cases.limits import count_message
from parley_conversation.use_cases.parties import AT_ONCE, NameEvent, forget_party
from parley_conversation.use_cases.retention import remove_ended
from parley_conversation.use_cases.routing import goes_to_support
from parley_conversation.use_cases.showing import language_of

from inquiries.domain.context import Context
from inquiries.domain.guests import Guest
from inquiries.domain.refusals import TooManyQuestions, UnknownMarket
from inquiries.ports import InquiriesTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asks, and from which page. ``guest`` is who asks without an account."""

    context: Context
    text: str
    attachments: tuple[str, ...] = ()
    guest: Guest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What somebody sees before they ask."""

    shop: str | None
    language: str | None


async def look_before_asking(tx: InquiriesTransaction, person: Person | None, context: Context) -> Offer:
    """What the page on which somebody asks shows; None: nobody is signed in."""
    if person:
        await check_asker(tx, person, context)
    shop = await tx.parties.get(context.seller_id)
    return Offer(shop=shop.display_name if shop else None, language=await language_of(tx, person) if person else None)


async def check_asker(tx: InquiriesTransaction, person: Person, context: Context) -> None:
    """Refuse who cannot ask there."""
    if not person.asks:
        raise RoleNotAllowed
    if context.seller_id in person.seller_ids:
        raise OwnShop
    if context.market not in tx.markets:
        raise UnknownMarket
    if await tx.parties.is_erased(person.party_id):
        raise Erased


async def ask(tx: InquiriesTransaction, inquiry_id: str, asked: Asked, question: Question) -> Seat:
    """Ask about a product or a store. A guest's address is published in the same transaction, on the restricted topic."""
    context = question.context
    await check_asker(tx, asked.person, context)
    await tx.parties.claim(asked.person.party_id)
    if question.guest:
        await _count(tx, question.guest, context)
    buyer = Actor(asked.person.party_id, Role.GUEST if question.guest else Role.BUYER)
    count_message(tx, context.market, buyer, asked.message_id)
    country, language = await _known_of(tx, asked.person, context)
    routed = await goes_to_support(tx, context.market, Category.PRE_PURCHASE, seller_id=context.seller_id, country=country)
    images = await take(tx, await attached(tx, asked.person, question.attachments), inquiry_id, asked.message_id)
    message = Message(id=asked.message_id, author=buyer, text=question.text, language=language, images=images)
    act = Act(by=buyer, at=tx.now, ids=asked.event_ids)
    told = _opened(inquiry_id, message, act, context, language, routed=routed)
    inquiry = keep(tx, told, asked.cause)
    if question.guest:
        _welcome(tx, question.guest, inquiry)
    return Seat(inquiry, buyer)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldInquiry:
    """An inquiry as an old system kept it. A guest's is not brought in: the address would have to be believed."""

    old: Old
    context: Context


async def bring_in_inquiry(tx: InquiriesTransaction, inquiry: OldInquiry) -> Conversation:
    """Bring the inquiry in, or find it as it is by now."""
    old, context = inquiry.old, inquiry.context
    if known := await tx.conversations.get(old.id):
        return known
    if context.market not in tx.markets:
        raise UnknownMarket
    if await tx.parties.is_erased(old.buyer.id):
        raise Erased
    await tx.parties.claim(old.buyer.id)
    buyer = await tx.parties.get(old.buyer.id)
    language, country = tx.markets[context.market].language_of(buyer), buyer.country if buyer else None
    routed = not old.seller_took_part and await goes_to_support(
        tx, context.market, Category.PRE_PURCHASE, seller_id=context.seller_id, country=country
    )
    return await bring_in(tx, old, lambda message, act, after: _opened(old.id, message, act, context, language, routed=routed, after=after))


def _opened(id: str, message: Message, act: Act, context: Context, language: str, *, routed: bool = False, after: int = 0) -> Told:
    return Conversation.open(
        id,
        message,
        act,
        kind=context.kind,
        category=Category.PRE_PURCHASE,
        problem_type=context.problem_type,
        market=context.market,
        seller_id=context.seller_id,
        about=context.about,
        language=language,
        routed_to_support=routed,
        after=after,
    )


async def forget_person(tx: InquiriesTransaction, party_id: str, *, at: datetime, cause: str, event_id: NameEvent) -> bool:
    """Erase a person or a shop with their inquiries; a guest's address is erased where it was published. True if there may be more."""
    inquiries = await forget_party(tx, party_id, at=at, cause=cause, event_id=event_id)
    for inquiry in inquiries:
        if inquiry.buyer == Actor(party_id, Role.GUEST):
            await tx.guests.forget(inquiry, at, cause)
    return len(inquiries) >= AT_ONCE


async def remove_ended_inquiries(tx: InquiriesTransaction) -> tuple[Conversation, ...]:
    """Remove inquiries that were closed long ago, and with them the guests who asked."""
    gone = await remove_ended(tx)
    for inquiry in gone:
        if inquiry.buyer.role is Role.GUEST and inquiry.close_reason is not CloseReason.ERASED:
            tx.parties.erase(inquiry.buyer.id, tx.now)
            await tx.guests.forget(inquiry, tx.now, f"retention:{inquiry.id}")
    return gone


async def _count(tx: InquiriesTransaction, guest: Guest, context: Context) -> None:
    """One more question of a guest: refused where that is too often. The counting rows hold no address."""
    limits = tx.guest_limits
    for what, named, most in (("address", guest.email.casefold(), limits.per_address), ("page", context.page, limits.per_page)):
        tally = await tx.tallies.get(f"{what}:{sha256(named.encode()).hexdigest()}")
        tx.tallies.put(tally.again(tx.now, most, TooManyQuestions))


async def _known_of(tx: InquiriesTransaction, person: Person, context: Context) -> tuple[str | None, str]:
    """The asker's country, if it is known, and language: their own, else the market's."""
    party = await tx.parties.get(person.party_id)
    return party.country if party else None, tx.markets[context.market].language_of(party, said=person.language)


def _welcome(tx: InquiriesTransaction, guest: Guest, inquiry: Conversation) -> None:
    """Keep the name that others see, and have the address published; it is not kept here."""
    party = Party(
        id=guest.id,
        kind=PartyKind.GUEST,
        display_name=guest.name,
        market=inquiry.market,
        time=inquiry.opened_at,
        language=inquiry.language,
        has_account=False,
    )
    tx.parties.put(party)
    tx.guests.register(guest, inquiry)
