"""A recorded topic as `parley tail --json --watermarks` prints it, read into one situation for each partition."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from parley_chassis.records import Received
from parley_contracts import inquiries, ticketing
from parley_contracts.conversation import ConversationEvent
from parley_contracts.envelope import Envelope
from parley_contracts.topics import TOPICS, WATERMARK

from sla_monitor.consumers.meanings import meaning
from sla_monitor.simulate.situation import Read, Situation, Step, Watermark
from sla_monitor.simulate.terms import Terms

_TOPICS = {topic.name: topic for topic in TOPICS if topic.watermarks}
_TYPES = {kind.type: kind for kind in (*ticketing.EVENTS, *inquiries.EVENTS)}


def is_recorded(raw: object) -> bool:
    """Whether a JSON line is a record, and no situation."""
    return isinstance(raw, Mapping) and "topic" in raw and "offset" in raw


def recorded(records: Iterable[tuple[str, Any]], terms: Terms) -> Iterator[Situation]:
    """The partitions of a recording, each under the terms as its present policy; of their market alone, if they are for one."""
    logs: dict[str, Situation] = {}
    for place, raw in records:
        if not is_recorded(raw):
            yield Situation(place, faults=[f"{place}: is not a record; a recording is what `parley tail --json --watermarks` prints"])
        elif raw["topic"] in _TOPICS:
            name = f"{raw['topic']}/{raw.get('partition')}"
            log = logs.setdefault(name, Situation(name, list(terms.entries), offsets=False))
            try:
                log.steps += _step(raw, terms.market)
            except (KeyError, TypeError, ValueError) as error:
                log.warnings.append(f"{place}: was passed over: {type(error).__name__}")
    yield from logs.values()


def _step(raw: Mapping[str, Any], market: str) -> Iterator[Step]:
    if raw["type"] == WATERMARK:
        yield Watermark(datetime.fromisoformat(raw["data"]["at"]))
    elif kind := _TYPES.get(raw["type"]):
        data = kind.model_validate(raw["data"])
        assert isinstance(data, ConversationEvent)
        if market in ("", data.market):
            given = {name: raw[name] for name in ("id", "source", "subject", "correlationid", "causationid")}
            envelope = Envelope.of(data, time=datetime.fromisoformat(raw["time"]), sequence=int(raw["sequence"]), **given)
            event = meaning(Received(_TOPICS[raw["topic"]], raw["partition"], raw["offset"], envelope, data, None))
            assert event.about is not None
            # The lines of the terms are for whatever market is read.
            yield Read(f"{data.number}/", replace(event, about=replace(event.about, market="")))
