"""Two readings of one log, compared: what each knows of every conversation, and where they differ."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

Place = tuple[str, int]
"""A topic and the number of a partition."""


@dataclass(slots=True)
class State:
    """What follows from the log about one conversation. Its parts are kept where they are to be shown, else their digest alone."""

    topic: str
    partition: int | None
    digest: int = 0
    parts: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def add(self, name: str, part: Mapping[str, Any], *, keep: bool) -> None:
        """One more part; their order does not matter."""
        text = json.dumps([name, part], sort_keys=True, default=str)
        self.digest ^= int.from_bytes(blake2b(text.encode(), digest_size=16).digest())
        if keep:
            self.parts[name] = part


@dataclass(slots=True)
class Known:
    """What a database knows: the last offset that it has applied of each partition, the first that it could read, and all states."""

    read_to: dict[Place, int] = field(default_factory=dict)
    began: dict[Place, int] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)

    def older_than_the_log(self, state: State) -> bool:
        """Whether the conversation may have lain before the first record that could be read."""
        return any(first > 0 for (topic, number), first in self.began.items() if topic == state.topic and state.partition in (None, number))


@dataclass(slots=True)
class Comparison:
    """What came out; ``digest`` is that of all that is equal.

    ``partial`` are not whole in the log. ``unrepeatable`` differ because of what a person decided when the monitor knew less than now.
    """

    equal: int = 0
    digest: int = 0
    partial: int = 0
    unrepeatable: int = 0
    differing: dict[str, list[str]] = field(default_factory=dict)

    def looked_again(self, later: "Comparison") -> "Comparison":
        """What differed was compared once more: the later look counts."""
        return Comparison(
            self.equal + later.equal,
            self.digest ^ later.digest,
            self.partial + later.partial,
            self.unrepeatable + later.unrepeatable,
            later.differing,
        )


def compare(live: Known, folded: Known, *, unrepeatable: Collection[str] = ()) -> Comparison:
    """Compare every conversation that is whole in the log."""
    found = Comparison()
    for id in sorted(live.states.keys() | folded.states.keys()):
        one, other = live.states.get(id), folded.states.get(id)
        if id in live.partial or id in folded.partial or (one and not other and folded.older_than_the_log(one)):
            found.partial += 1
        elif one and other and (one.topic, one.digest) == (other.topic, other.digest):
            found.equal += 1
            found.digest ^= one.digest
        elif id in unrepeatable:
            found.unrepeatable += 1
        else:
            found.differing[id] = list(_differences(one, other))
    return found


def _differences(live: State | None, folded: State | None) -> Iterator[str]:
    if live is None or folded is None:
        yield "only the fold knows it" if live is None else "only the live state knows it"
        return
    for name in sorted(live.parts.keys() | folded.parts.keys()):
        one, other = live.parts.get(name, {}), folded.parts.get(name, {})
        for key in sorted(one.keys() | other.keys()):
            if one.get(key) != other.get(key):
                yield f"{name}: {key}: live {_shown(one, key)}, folded {_shown(other, key)}"


def _shown(part: Mapping[str, Any], key: str) -> str:
    return json.dumps(part[key], sort_keys=True, default=str) if key in part else "nothing"
