"""The last chapter: what stands on the log, which anybody may read."""

import time
from collections import defaultdict
from collections.abc import Sequence

from parley_contracts.envelope import timestamp

from parley_local.demo.eventlog import Stored, events_about
from parley_local.demo.scene import Scene
from parley_local.demo.telling import Missing

TOLD = {
    "parley.ticket.created.v1",
    "parley.ticket.closed.v1",
    "parley.ticket.reopened.v1",
    "parley.ticket.escalated.v1",
    "parley.ticket.acknowledged.v1",
    "parley.inquiry.added.v1",
    "parley.reply.posted.v1",
    "parley.response.expected.v1",
    "parley.response.due_soon.v1",
    "parley.response.overdue.v1",
    "parley.response.settled.v1",
    "parley.notification.sent.v1",
}
"""Every type that the story must have left."""

_PUBLISHED_WITHIN = 5.0

PERSONAL = (b"@example.org", b"Anna", b"Berger", b"Grace", b"Ben Carter", b"Tischbein", b"lumen, and", b"flickers")


async def aftermath(scene: Scene, conversations: Sequence[str]) -> None:
    teller = scene.teller
    teller.chapter("4. The same story as it stands on the log")
    events = await _published(scene, conversations)
    for event in events:
        short = event.topic.name.removeprefix("parley.")
        sequence = f"#{event.envelope.sequence}"
        teller.detail(f"{timestamp(event.envelope.time)[11:23]}  {short:<28} {sequence:<4} {event.envelope.type}")
    _in_sequence(events)
    _nothing_personal(events)
    teller.saw(f"{len(events)} events about {len(conversations)} conversations: numbered without gaps, without names, addresses or texts")


async def _published(scene: Scene, conversations: Sequence[str]) -> list[Stored]:
    """The events, once the last of them are there too."""
    end = time.monotonic() + _PUBLISHED_WITHIN
    while True:
        events = await events_about(scene.kafka, scene.layout.prefix, conversations)
        missing = TOLD - {event.envelope.type for event in events}
        if not missing:
            return events
        if time.monotonic() > end:
            raise Missing(f"the log has no {', '.join(sorted(missing))}")


def _in_sequence(events: Sequence[Stored]) -> None:
    numbers = defaultdict[tuple[str, str], list[int]](list)
    for event in sorted(events, key=lambda each: (each.partition, each.offset)):
        numbers[event.topic.name, event.envelope.subject].append(event.envelope.sequence or 0)
    for (topic, subject), found in numbers.items():
        if found != list(range(1, len(found) + 1)):
            raise Missing(f"the sequence of {subject} on {topic} is {found}")


def _nothing_personal(events: Sequence[Stored]) -> None:
    for event in events:
        if found := [word for word in PERSONAL if word in (event.envelope.value or b"")]:
            raise Missing(f"{event.envelope.type} on a public topic carries {found}")
