"""Conversations as JSON, each reader seeing no more than theirs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from parley_chassis.commands import Answer
from parley_contracts.envelope import timestamp

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.images import Image
from parley_conversation.domain.people import Actor
from parley_conversation.domain.words import Role
from parley_conversation.http.shapes import AnswerOwed, Handling, ImageShown, Listed, MessageShown, Summary, Whole
from parley_conversation.listing import Chosen
from parley_conversation.ports import Posted
from parley_conversation.use_cases.entering import Seat
from parley_conversation.use_cases.reading import Page, View


def etag_of(conversation: Conversation) -> str:
    """The version of a conversation: the sequence of its last event."""
    return f'"{conversation.sequence}"'


def summary(conversation: Conversation, now: datetime, names: Mapping[str, str] | None = None) -> Summary:
    """What stands in a list."""
    known = names or {}
    return {
        "id": conversation.id,
        "number": conversation.number,
        "kind": conversation.kind.value,
        "category": conversation.category.value,
        "problem_type": conversation.problem_type,
        "market": conversation.market,
        "state": conversation.state.value,
        "handler": conversation.handler.value,
        "since": timestamp(conversation.since),
        "opened_at": timestamp(conversation.opened_at),
        "changed_at": timestamp(conversation.changed_at),
        "close_reason": conversation.close_reason and conversation.close_reason.value,
        "version": conversation.sequence,
        "rating": conversation.rating.stars if conversation.rating else None,
        "buyer": {"id": conversation.buyer.id, "role": conversation.buyer.role.value, "name": known.get(conversation.buyer.id)},
        "seller": {"id": conversation.seller_id, "name": known.get(conversation.seller_id)},
        "about": {
            "order_id": conversation.about.order_id,
            "order_number": conversation.about.order_number,
            "line_ids": list(conversation.about.line_ids),
            "product_id": conversation.about.product_id,
            "product_title": conversation.about.product_title,
            "product_url": conversation.about.product_url,
        },
        "language": conversation.language,
        "answer": _answer(conversation, now),
    }


def _answer(conversation: Conversation, now: datetime) -> AnswerOwed | None:
    wait = conversation.wait
    if wait is None:
        return None
    return {
        "owed_by": wait.owed_by.value,
        "due": timestamp(wait.due) if wait.due else None,
        "time_left_seconds": int((wait.due - now).total_seconds()) if wait.due else None,
    }


def listed(page: Page, chosen: Chosen) -> Listed:
    """One page of a list."""
    return {
        "items": [summary(each, page.now, page.names) for each in page.conversations],
        "next": chosen.following(page.next) if page.next else None,
        "counts": {state.value: number for state, number in page.counts.items()},
    }


def whole(view: View) -> Whole:
    """One conversation with the messages that its reader may read, and what the reader can do now."""
    return {
        **summary(view.conversation, view.now, view.names),
        **_behind_the_counter(view.conversation, view.reader),
        "you_are": view.reader.role.value,
        "may": sorted(command.value for command in view.may),
        "messages": [_message(each, view) for each in view.messages],
    }


def _behind_the_counter(conversation: Conversation, reader: Actor) -> Handling:
    if reader.role.asks:
        return {}
    known: Handling = {"escalation": conversation.escalation and conversation.escalation.value}
    if reader.role is Role.SUPPORT:
        known["agent_id"] = conversation.agent_id
    if reader.role is Role.SELLER:
        known["assignee_id"] = conversation.assignee_id
    return known


def _message(posted: Posted, view: View) -> MessageShown:
    author = posted.message.author
    speaks_as = {Role.SELLER: view.conversation.seller_id, Role.SUPPORT: None}.get(author.role, author.id)
    return {
        "id": posted.message.id,
        "sequence": posted.sequence,
        "at": timestamp(posted.at),
        "author": {"role": author.role.value, "name": view.names.get(speaks_as) if speaks_as else None},
        "visibility": posted.message.visibility.value,
        "topic": posted.message.topic,
        "language": posted.message.language,
        "text": None if posted.message.removed else posted.message.text,
        "images": [image_shown(each) for each in posted.message.images],
        "removed": posted.message.removed and posted.message.removed.value,
    }


def image_shown(image: Image) -> ImageShown:
    """What is known of an image."""
    return {"id": image.id, "width": image.width, "height": image.height, "size": image.size}


def shown(view: View, details: dict[str, Any]) -> Response:
    """The answer to whoever reads one conversation; its ETag is what a command gives back as If-Match."""
    return JSONResponse({**whole(view), **details}, headers={"etag": etag_of(view.conversation)})


def done(seat: Seat, now: datetime) -> Answer:
    """What a command answers. It is kept for repeated requests, so it holds no name and no text."""
    return Answer(200, {**summary(seat.conversation, now), "you_are": seat.actor.role.value}, etag=etag_of(seat.conversation))
