"""A situation as the files write it, read into what the fold takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sla_monitor.domain.events import Event
from sla_monitor.domain.policy import BEGINNING, Entry, OutageWindow, Policy
from sla_monitor.simulate.notation import POLICY_KEYS, Fault, instant, is_offset, needed, policy
from sla_monitor.simulate.vocabulary import event

_KEYS = frozenset({"id", "note", "policy", "events", "expect", "expect_contains", "expect_without", "expect_count", "outcome"})
_ITEM_KEYS = frozenset({"at", "is", "by", "as", "of", "handler", "visibility", "author_kind", "with_message", "reason", "from", "to"}) | {
    "conversation", "note", "watermark", "policy", "repeat", "read_after_real_time", "real_time_passes", "imported", "start_clock",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """One record of a conversation is read."""

    conversation: str
    event: Event


@dataclass(frozen=True, slots=True)
class Watermark:
    at: datetime


Step = Read | Watermark | OutageWindow | Entry


@dataclass(slots=True)
class Situation:
    """One situation, ready to be run. ``offsets`` says how it writes its instants."""

    id: str
    steps: list[Step] = field(default_factory=list)
    offsets: bool = True
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read(raw: object, place: str) -> Situation:
    """Read one situation; whatever is wrong stands in its ``faults``, with place and key."""
    if not isinstance(raw, Mapping):
        return Situation(place, faults=[f"{place}: is not a mapping; a situation has at least `id` and `events`"])
    situation = Situation(str(raw.get("id") or place))
    where = f"{place} ({situation.id})" if raw.get("id") else place
    if "id" not in raw:
        situation.faults.append(f"{where}: id: is missing; name the situation")
    situation.warnings += [f"{where}: {key}: is not known and was ignored" for key in sorted(map(str, raw.keys() - _KEYS))]
    items = raw.get("events")
    if not isinstance(items, list):
        situation.faults.append(f"{where}: events: is not a list; give the events in the order in which they are read")
        return situation
    reader = _Reader()
    try:
        situation.steps += [Entry("", BEGINNING, reader.next_policy(raw.get("policy") or {}))]
    except Fault as fault:
        situation.faults.append(f"{where}: {fault}")
    situation.offsets = _writes_offsets(items)
    for number, item in enumerate(items, 1):
        try:
            situation.steps += reader.steps(item)
        except Fault as fault:
            situation.faults.append(f"{where}: event {number}: {fault}")
        if isinstance(item, Mapping):
            unknown = sorted(map(str, item.keys() - _ITEM_KEYS))
            situation.warnings += [f"{where}: event {number}: {key}: is not known and was ignored" for key in unknown]
    return situation


class _Reader:
    """Reads items in order: names, sequences and the policy so far."""

    def __init__(self) -> None:
        self._policy: Policy | None = None
        self._named: dict[str, Read] = {}
        self._sequences: dict[str, int] = {}
        self._count = 0

    def next_policy(self, raw: object) -> Policy:
        if isinstance(raw, Mapping) and (unknown := raw.keys() - POLICY_KEYS):
            raise Fault(f"policy.{min(map(str, unknown))}", f"is not known; a policy has {', '.join(sorted(POLICY_KEYS))}")
        self._policy = policy("policy", raw, self._policy) if self._policy else policy("policy", raw, Policy(version=1))
        return self._policy

    def steps(self, item: object) -> Iterator[Step]:
        if not isinstance(item, Mapping):
            raise Fault("", f"{item!r} is not a mapping; write {{at: +0h, is: reply, by: seller}} or {{watermark: +48h}}")
        if "watermark" in item:
            yield Watermark(instant("watermark", item["watermark"]))
        elif "repeat" in item:
            yield self._recall("repeat", item["repeat"])
        elif "policy" in item:
            yield Entry("", instant("at", needed(item, "at")), self.next_policy(item["policy"]))
        elif "is" in item:
            yield self._happened(item)
        elif not item.keys() & {"read_after_real_time", "real_time_passes"}:
            raise Fault("is", "is missing; say what happened (`is`), or give `watermark`, `policy` or `repeat`")

    def _happened(self, item: Mapping[str, Any]) -> Step:
        at = instant("at", needed(item, "at"))
        self._count += 1
        if item["is"] == "outage_declared":
            start, end = instant("from", needed(item, "from")), instant("to", needed(item, "to"))
            if end < start:
                raise Fault("to", "lies before `from`; an outage ends after it began")
            return OutageWindow(f"outage {self._count}", start, end, at)
        if item["is"] == "message_removed":
            self._recall("of", needed(item, "of"))
        label = str(item.get("conversation", ""))
        sequence = self._sequences[label] = self._sequences.get(label, 0) + 1
        name = str(item.get("as", f"event {self._count}"))
        found = Read(label, event(item, name, id=f"event {self._count}", sequence=sequence, at=at))
        self._named[name] = found
        return found

    def _recall(self, key: str, name: object) -> Read:
        if str(name) not in self._named:
            raise Fault(key, f"no event before this one is named {name!r}; name it there with `as: {name}`")
        return self._named[str(name)]


def _writes_offsets(items: list[object]) -> bool:
    """Whether results are written as offsets, as the situation itself writes its first instant."""
    instants = [item[key] for item in items if isinstance(item, Mapping) for key in ("at", "watermark") if key in item]
    return not instants or is_offset(instants[0])
