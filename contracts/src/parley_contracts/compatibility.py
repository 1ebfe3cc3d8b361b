"""What may change in a committed JSON Schema: new optional fields and new words of an open enumeration. All else breaks somebody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

EXTENSIBLE = "x-extensible-enum"
_NEW_TOPIC = "start a new topic version beside this one"
_STRUCTURE = {"$defs", "$schema", "properties", "required", EXTENSIBLE}
_NESTED = {"items", "additionalProperties"}
_BRANCHES = {"anyOf", "prefixItems"}
_NOTES = {"title", "description", "examples", "deprecated", "$comment"}


@dataclass(frozen=True, slots=True)
class Break:
    """One change that would break writers or readers of a type, and the way out."""

    type: str
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.type}: {self.field}: {self.problem}. {self.remedy[:1].upper()}{self.remedy[1:]}."


def breaks(type: str, committed: Schema, new: Schema) -> list[Break]:
    """Every change that would break a reader of old events with the new schema, or of new events with the old one."""
    return [Break(type, field or "(the data)", problem, remedy) for field, problem, remedy in _compare("", committed, committed, new, new)]


_Finding = tuple[str, str, str]


def _compare(field: str, old: Schema, old_root: Schema, new: Schema, new_root: Schema) -> Iterator[_Finding]:
    old, new = _plain(old, old_root), _plain(new, new_root)
    yield from _words(field, old, new)
    yield from _fields(field, old, old_root, new, new_root)
    for name in sorted((old.keys() | new.keys()) - _STRUCTURE - _NOTES):
        before, after = old.get(name), new.get(name)
        if name in _NESTED and isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _compare(f"{field}[]", before, old_root, after, new_root)
        elif name in _BRANCHES and before and after and len(before) == len(after):
            for n, (left, right) in enumerate(zip(before, after, strict=True)):
                yield from _compare(f"{field}({n})", left, old_root, right, new_root)
        elif before != after:
            remedy = f"put it back; add a new optional field beside it, or {_NEW_TOPIC}"
            yield field, f"{name} changed from {_shown(before)} to {_shown(after)}", remedy


def _words(field: str, old: Schema, new: Schema) -> Iterator[_Finding]:
    if EXTENSIBLE not in old:
        return
    if EXTENSIBLE not in new:
        yield field, "the open enumeration is gone", f"keep {EXTENSIBLE}, or {_NEW_TOPIC}"
    for word in old[EXTENSIBLE]:
        if word not in new.get(EXTENSIBLE, old[EXTENSIBLE]):
            yield field, f"the word {_shown(word)} was removed", f"keep it, events on the log use it; or {_NEW_TOPIC}"


def _fields(field: str, old: Schema, old_root: Schema, new: Schema, new_root: Schema) -> Iterator[_Finding]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        path = f"{field}.{name}" if field else name
        if name not in after:
            yield path, "the field was removed", f"keep it, readers rely on it; or {_NEW_TOPIC}"
            continue
        if name in needed - needs:
            yield path, "it was required and is optional now", f"keep it required, readers rely on it; or {_NEW_TOPIC}"
        if name in needs - needed:
            yield path, "it was optional and is required now", f"keep it optional, events on the log lack it; or {_NEW_TOPIC}"
        yield from _compare(path, before[name], old_root, after[name], new_root)
    for name in sorted((after.keys() - before.keys()) & needs):
        path = f"{field}.{name}" if field else name
        yield path, "the new field is required", f"make it optional (give it a default), events on the log lack it; or {_NEW_TOPIC}"


def _plain(schema: Schema, root: Schema) -> Schema:
    """The schema with its reference followed and "or null" as a keyword, so that a renamed definition is no change."""
    while "$ref" in schema:
        target = root["$defs"][str(schema["$ref"]).removeprefix("#/$defs/")]
        schema = {**target, **_without(schema, "$ref")}
    branches = [branch for branch in schema.get("anyOf", ()) if branch != {"type": "null"}]
    if len(branches) == 1:
        return _plain({**branches[0], **_without(schema, "anyOf"), "nullable": True}, root)
    return schema


def _without(schema: Schema, keyword: str) -> Schema:
    return {name: value for name, value in schema.items() if name != keyword}


def _shown(value: object) -> str:
    return "nothing" if value is None else f"{value!r}"
