"""How the notifier's records look in the database. Nobody reads these rows but this service."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from notifier.domain.conversation import Conversation, Waits
from notifier.domain.delivery import Delivery, Ending, Story
from notifier.domain.news import Health, Parties, Refund, Wait
from notifier.domain.recipients import Party, Recipient, RecipientKind
from notifier.domain.words import Audience, Author, Kind, Notice, State

Row = dict[str, Any]


def delivery_row(delivery: Delivery) -> Row:
    row: Row = {
        "_id": delivery.id,
        "event_id": delivery.event_id,
        "conversation_id": delivery.conversation_id,
        "correlation_id": delivery.correlation_id,
        "source": delivery.source,
        "market": delivery.market,
        "notice": str(delivery.notice),
        "audience": str(delivery.audience),
        "recipient": delivery.recipient.key,
        "language": delivery.language,
        "message_id": delivery.message_id,
        "story": _story_row(delivery.story),
        "created": delivery.created,
        "state": str(delivery.state),
        "epoch": delivery.epoch,
        "attempts": delivery.attempts,
        "ambiguous": delivery.ambiguous,
        "searches": delivery.searches,
        "folded": [_story_row(story) for story in delivery.folded],
        "folds": delivery.folds,
        "into": delivery.into,
        "reason": delivery.ending.reason,
        "code": delivery.ending.code,
        "fold_key": delivery.fold_key,
    }
    # Absent where they say nothing: the indexes of what is due, held or unknown hold such rows only.
    sparse = {
        "due": delivery.due,
        "ended": delivery.ended,
        "held": delivery.held or None,
        "unknown": delivery.unknown or None,
        "untried": delivery.untried or None,
        "resends": delivery.resends or None,
        "resent": delivery.resent,
        "trace": delivery.trace and list(delivery.trace),
    }
    return row | {name: value for name, value in sparse.items() if value is not None}


def delivery_of(row: Row) -> Delivery:
    return Delivery(
        id=row["_id"],
        event_id=row["event_id"],
        conversation_id=row["conversation_id"],
        correlation_id=row["correlation_id"],
        source=row["source"],
        market=row["market"],
        notice=Notice(row["notice"]),
        audience=Audience(row["audience"]),
        recipient=recipient_of(row["recipient"]),
        language=row["language"],
        message_id=row["message_id"],
        story=_story_of(row["story"]),
        created=row["created"],
        due=row.get("due"),
        state=State(row["state"]),
        held=row.get("held", False),
        epoch=row["epoch"],
        attempts=row["attempts"],
        ambiguous=row["ambiguous"],
        searches=row["searches"],
        unknown=row.get("unknown", False),
        folded=tuple(_story_of(story) for story in row["folded"]),
        folds=row["folds"],
        into=row["into"],
        ended=row.get("ended"),
        untried=row.get("untried", False),
        resends=row.get("resends", 0),
        resent=row.get("resent"),
        trace=(row["trace"][0], row["trace"][1]) if "trace" in row else None,
        ending=Ending(reason=row["reason"], code=row["code"]),
    )


def recipient_of(key: str) -> Recipient:
    kind, _, id = key.partition(":")
    return Recipient(RecipientKind(kind), id)


def _story_row(story: Story) -> Row:
    return {
        "kind": str(story.kind),
        "variant": story.variant,
        "author": str(story.author),
        "actor_id": story.actor_id,
        "at": story.at,
        "conversation_id": story.conversation_id,
        "source": story.source,
        "number": story.number,
        "wait": _wait_row(story.wait) if story.wait else None,
        "refund": {"amount_minor": story.refund.amount_minor, "currency": story.refund.currency} if story.refund else None,
        "health": asdict(story.health) if story.health else None,
    }


def _story_of(row: Row) -> Story:
    return Story(
        kind=Kind(row["kind"]),
        variant=row["variant"],
        author=Author(row["author"]),
        actor_id=row["actor_id"],
        at=row["at"],
        conversation_id=row["conversation_id"],
        source=row["source"],
        number=row["number"],
        wait=_wait_of(row["wait"]) if row["wait"] else None,
        refund=Refund(**row["refund"]) if row["refund"] else None,
        # Absent in rows of an older version.
        health=Health(**health) if (health := row.get("health")) else None,
    )


def _wait_row(wait: Wait) -> Row:
    return {"cycle_id": wait.cycle_id, "owed_by": str(wait.owed_by), "start": wait.start, "due": wait.due}


def _wait_of(row: Row) -> Wait:
    return Wait(cycle_id=row["cycle_id"], owed_by=Audience(row["owed_by"]), start=row["start"], due=row["due"])


def waits_row(waits: Waits) -> Row:
    return {"_id": waits.conversation_id, "open": [_wait_row(wait) for wait in waits.open.values()]}


def waits_of(row: Row) -> Waits:
    waits = [_wait_of(wait) for wait in row["open"]]
    return Waits(conversation_id=row["_id"], open={wait.owed_by: wait for wait in waits})


def conversation_row(conversation: Conversation) -> Row:
    parties = conversation.parties
    return {
        "_id": conversation.id,
        "source": conversation.source,
        "kind": conversation.kind,
        "number": conversation.number,
        "market": conversation.market,
        "buyer_id": parties.buyer_id,
        "guest": parties.guest,
        "seller_id": parties.seller_id,
        "assignee_id": parties.assignee_id,
        "agent_id": parties.agent_id,
        "handler": str(conversation.handler) if conversation.handler else None,
        "state": conversation.state,
        "order_number": conversation.order_number,
        "language": conversation.language,
        "at": conversation.at,
        "routed": conversation.routed,
        "waiting_since": conversation.waiting_since,
        "root": conversation.root,
    }


def conversation_of(row: Row) -> Conversation:
    return Conversation(
        id=row["_id"],
        source=row["source"],
        kind=row["kind"],
        number=row["number"],
        market=row["market"],
        parties=Parties(
            buyer_id=row["buyer_id"],
            guest=row["guest"],
            seller_id=row["seller_id"],
            assignee_id=row["assignee_id"],
            agent_id=row["agent_id"],
        ),
        handler=Audience(row["handler"]) if row["handler"] else None,
        state=row["state"],
        order_number=row["order_number"],
        language=row["language"],
        at=row["at"],
        routed=row["routed"],
        waiting_since=row["waiting_since"],
        root=row["root"],
    )


def party_row(party: Party) -> Row:
    row = {
        "_id": party.id,
        "kind": party.kind,
        "name": party.name,
        "address": party.address,
        "language": party.language,
        "time_zone": party.time_zone,
        "market": party.market,
        "wants_mail": party.wants_mail,
        "as_of": party.as_of,
    }
    return row | ({"seller_id": party.seller_id} if party.seller_id else {})


def party_of(row: Row) -> Party:
    return Party(
        id=row["_id"],
        kind=row["kind"],
        seller_id=row.get("seller_id"),
        name=row["name"],
        address=row["address"],
        language=row["language"],
        time_zone=row["time_zone"],
        market=row["market"],
        wants_mail=row["wants_mail"],
        as_of=row["as_of"],
    )


def gone_row(id: str, as_of: datetime, until: datetime) -> Row:
    """Who was erased: the id and the time alone."""
    return {"_id": id, "as_of": as_of, "gone": True, "until": until}
