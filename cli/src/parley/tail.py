"""`parley tail`: what stands on the log, and what is added: a line for people, or one JSON object a record."""

import argparse
import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from parley_chassis.durations import parse_duration
from parley_contracts.topics import EVENT_TYPES, TICK, TOPICS, WATERMARK, Tier

from parley import printing
from parley.brokers import brokers
from parley.problem import CannotDo
from parley.reading import Start, records
from parley.recording import line_of, topic_named
from parley.settings import Settings

PUBLIC = [topic.name for topic in TOPICS if topic.tier is Tier.PUBLIC]

_TOLD = ("number", "market", "state", "handler", "reason", "outcome", "owed_by", "notice", "at")
"""What a line for people repeats of an event's data."""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("topic", nargs="*", default=PUBLIC, help=f"of these alone (default: {', '.join(PUBLIC)})")
    parser.add_argument("--type", action="append", help="of this type alone, such as parley.ticket.created.v1; may be repeated")
    parser.add_argument("--subject", action="append", help="about this conversation, seller, party or order alone; may be repeated")
    parser.add_argument(
        "--trace", help="of this trace alone: the 32 digits of a log line, a mail's X-Trace-Id or an answer's `traceresponse`"
    )
    parser.add_argument("--market", action="append", help="of this market alone, such as de; may be repeated")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--beginning", action="store_true", help="from the first record that is kept (default: what is added from now on)")
    start.add_argument("--since", metavar="TIME", help="from a time on: 2026-03-02T10:00:00Z, or so long ago, such as 2h or 7d")
    parser.add_argument("--once", action="store_true", help="end at the last record that is there now")
    parser.add_argument("--watermarks", action="store_true", help="watermarks and ticks too")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--whole", action="store_true", help="as --json, with the record's bytes, for `parley validate` and `replay`")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace, settings: Settings) -> None:
    topics = [topic_named(name) for name in given.topic]
    known = {*EVENT_TYPES, WATERMARK, TICK}
    if unknown := [type for type in given.type or () if type not in known]:
        raise CannotDo(f"The contract has no type {', '.join(unknown)}; it has: {', '.join(sorted(known))}.")
    start: Start = "beginning" if given.beginning else since(given.since) if given.since else "now"

    async def tail() -> None:
        async with aclosing(records(brokers(), topics, start, once=given.once)) as found:
            async for record in found:
                line = line_of(record, whole=given.whole)
                if wanted(line, given):
                    printing.one(line) if given.json or given.whole else printing.say(told(line))

    with suppress(KeyboardInterrupt):
        asyncio.run(tail())


def since(text: str) -> datetime:
    """A time, or a duration before now."""
    with suppress(ValueError):
        span = parse_duration(text)
        assert isinstance(span, timedelta)
        return datetime.now(UTC) - span
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CannotDo(f"--since {text} is neither a time such as 2026-03-02T10:00:00Z nor a duration such as 2h.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def wanted(line: Mapping[str, Any], given: argparse.Namespace) -> bool:
    """Whether a record passes the filters. What cannot be read passes that of its subject alone."""
    type, data = line.get("type"), line.get("data") or {}
    if type in (WATERMARK, TICK) and not given.watermarks and type not in (given.type or ()):
        return False
    return (
        (not given.subject or line.get("subject") in given.subject)
        and (not given.trace or trace_id(line) == given.trace.lower())
        and (not given.type or type in given.type)
        and (not given.market or (isinstance(data, dict) and data.get("market") in given.market))
    )


def trace_id(line: Mapping[str, Any]) -> str | None:
    """The trace that a record belongs to."""
    parts = (line.get("traceparent") or "").split("-")
    return parts[1] if len(parts) > 1 else None


def told(line: Mapping[str, Any]) -> str:
    """A record in one line for people."""
    place = f"{line['topic']}/{line['partition']}/{line['offset']}"
    if "unreadable" in line:
        return f"{'unreadable':<24}  {place}  {line.get('subject') or '-'}: {line['unreadable']}"
    data = line["data"] if isinstance(line["data"], dict) else {}
    number = "" if line["sequence"] is None else f"#{line['sequence']}"
    notes = [f"{name}={data[name]}" for name in _TOLD if isinstance(data.get(name), str | int)]
    erased = ["erased"] if line["data"] is None else []
    traced = [f"trace={found}"] if (found := trace_id(line)) else []
    return "  ".join(filter(None, [line["time"], line["type"].removeprefix("parley."), line["subject"], number, *notes, *erased, *traced]))
