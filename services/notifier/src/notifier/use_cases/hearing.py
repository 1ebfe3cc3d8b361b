"""An event happened: keep what later mails need, and make a delivery for everybody who is told of it."""

from collections.abc import Sequence
from dataclasses import replace

from notifier.domain.conversation import Conversation, Waits
from notifier.domain.delivery import STALE, Delivery, Story
from notifier.domain.identity import delivery_id, message_id, thread_root
from notifier.domain.news import News, Parties
from notifier.domain.recipients import Recipient, of_seller, of_support, party, queue
from notifier.domain.rules import Rules
from notifier.domain.table import Cell, To, told
from notifier.domain.words import Audience, Kind, Notice
from notifier.ports import Desk


async def hear(desk: Desk, rules: Rules, news: News, state: Conversation | None = None) -> None:
    """Take note of one event. ``state`` is the conversation after it; the response clock's events have none."""
    conversation = await _note_conversation(desk, rules, news, state)
    waits = await _note_wait(desk, news)
    if news.imported or (rules.mail_from and news.at < rules.mail_from):
        return
    deliveries = []
    for audience, cell in told(news.kind, news.variant, news.author, news.handler).items():
        if audience is Audience.SELLER and conversation and not conversation.seller_may_see:
            continue
        if audience is Audience.COPY and audience not in rules.markets[news.market].queues:
            continue
        for recipient in await _recipients(desk, audience, cell, news, conversation):
            deliveries.append(_delivery(desk, rules, news, audience, cell.notice, recipient, conversation, waits))
    if deliveries and news.at < desk.now - STALE:
        deliveries = [delivery.expired(desk.now) for delivery in deliveries]
        await desk.publish(deliveries)
    await desk.deliveries.add(deliveries)


async def _note_conversation(desk: Desk, rules: Rules, news: News, state: Conversation | None) -> Conversation | None:
    before = await desk.conversations.get(news.conversation_id)
    if state is None:
        return before
    after = state.after(before, news.kind, thread_root(state.id, rules.markets[news.market].domain))
    desk.conversations.put(after)
    return after


async def _note_wait(desk: Desk, news: News) -> Waits:
    waits = await desk.waits.get(news.conversation_id)
    if news.wait is None:
        return waits
    waits = waits.settled(news.wait) if news.kind is Kind.SETTLED else waits.began(news.wait)
    desk.waits.put(waits)
    if news.kind is Kind.EXPECTED:
        for delivery in await desk.deliveries.held(news.conversation_id):
            desk.deliveries.put(delivery.wake(desk.now))
    return waits


async def _recipients(desk: Desk, audience: Audience, cell: Cell, news: News, conversation: Conversation | None) -> Sequence[Recipient]:
    parties = conversation.parties if conversation else news.parties
    if cell.to is To.CONCERNED:
        recipients = [party(news.concerns)] if news.concerns else []
    else:
        recipients = await side_of(desk, audience, news.market, parties)
    return [each for each in recipients if cell.notice.to_its_author or each != party(news.actor_id)]


async def side_of(desk: Desk, audience: Audience, market: str, parties: Parties) -> list[Recipient]:
    """Who stands for a side now."""
    match audience:
        case Audience.BUYER:
            return [party(parties.buyer_id)]
        case Audience.SELLER:
            assignee = await desk.people.get(parties.assignee_id) if parties.assignee_id else None
            shop = await desk.people.get(parties.seller_id)
            return of_seller(parties.seller_id, assignee, shop, await desk.people.members(parties.seller_id))
        case Audience.SUPPORT:
            return of_support(market, await desk.people.get(parties.agent_id) if parties.agent_id else None)
        case Audience.ONCALL | Audience.COPY:
            return [queue(audience, market)]


def _delivery(
    desk: Desk,
    rules: Rules,
    news: News,
    audience: Audience,
    notice: Notice,
    recipient: Recipient,
    conversation: Conversation | None,
    waits: Waits,
) -> Delivery:
    market = rules.markets[news.market]
    id = delivery_id(news.event_id, recipient.key, notice)
    owed = conversation is not None and conversation.owes is not None
    held = owed and notice.names_the_answer and news.wait is None and waits.expected(conversation) is None
    rest = rules.group_window if notice.grouped else rules.answer_hold if held else None
    return Delivery(
        id=id,
        event_id=news.event_id,
        conversation_id=news.conversation_id,
        correlation_id=news.correlation_id,
        source=news.source,
        market=news.market,
        notice=notice,
        audience=audience,
        recipient=recipient,
        language=market.language,
        message_id=message_id(id, market.domain),
        story=Story(
            kind=news.kind,
            variant=news.variant,
            author=news.author,
            actor_id=news.actor_id,
            at=news.at,
            conversation_id=news.conversation_id,
            source=news.source,
            number=news.number,
            wait=news.wait,
            refund=news.refund,
            health=news.health,
        ),
        created=desk.now,
        due=desk.now + rest if rest else desk.now,
        held=held,
        trace=news.trace,
    )


def for_other_recipient(delivery: Delivery, recipient: Recipient, rules: Rules) -> Delivery:
    """The same mail for somebody of the side that it was meant for."""
    id = delivery_id(delivery.event_id, recipient.key, delivery.notice)
    return replace(delivery, id=id, recipient=recipient, message_id=message_id(id, rules.markets[delivery.market].domain), unknown=False)
