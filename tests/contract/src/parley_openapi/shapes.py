"""How two JSON Schemas of a document differ: a request may ask for no more than before, an answer may give no less."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
Seen = frozenset[tuple[str, str]]

_AT_LEAST = ("minLength", "minimum", "exclusiveMinimum", "minItems")
_AT_MOST = ("maxLength", "maximum", "exclusiveMaximum", "maxItems")
_EXACT = ("pattern", "format", "const")


class Schemas:
    """The schemas of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._named: Schema = document.get("components", {}).get("schemas", {})

    def plain(self, schema: Schema) -> Schema:
        """The schema with its reference followed and "or null" as a keyword, so that a renamed schema is no change."""
        while "$ref" in schema:
            schema = {**self._named[name_of(schema)], **{key: value for key, value in schema.items() if key != "$ref"}}
        branches = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
        if len(branches) == 1:
            alone = {key: value for key, value in schema.items() if key != "anyOf"}
            return self.plain({**branches[0], **alone, "nullable": len(schema["anyOf"]) > 1})
        return schema


def name_of(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def narrowed(place: str, old: Schema, before: Schemas, new: Schema, after: Schemas, seen: Seen = frozenset()) -> Iterator[str]:
    """Where a request that was right is wrong now."""
    pair = (name_of(old), name_of(new))
    if pair in seen:
        return
    seen |= {pair} if all(pair) else set()
    old, new = before.plain(old), after.plain(new)
    if new.get("type") not in (None, old.get("type")) and (old.get("type"), new.get("type")) != ("integer", "number"):
        yield f"{place}: {old.get('type', 'anything')} became {new['type']}"
        return
    yield from _limits(place, old, new)
    if old.get("nullable") and not new.get("nullable"):
        yield f"{place}: null is no longer taken"
    yield from _fields_asked(place, old, before, new, after, seen)
    yield from _parts(narrowed, place, old, before, new, after, seen)
    if len(_branches(new)) < len(_branches(old)):
        yield f"{place}: one of its forms is no longer taken"


def _limits(place: str, old: Schema, new: Schema) -> Iterator[str]:
    for word in sorted(set(map(str, old.get("enum", ()))) - set(map(str, new.get("enum", old.get("enum", ()))))):
        yield f"{place}: the word {word} is no longer taken"
    if "enum" in new and "enum" not in old:
        yield f"{place}: only some words are taken now"
    for limit in (*_AT_LEAST, *_AT_MOST):
        if limit in new and (limit not in old or (new[limit] > old[limit] if limit in _AT_LEAST else new[limit] < old[limit])):
            yield f"{place}: {limit} became {new[limit]}"
    for limit in _EXACT:
        if limit in new and new[limit] != old.get(limit):
            yield f"{place}: {limit} became {new[limit]}"


def _fields_asked(place: str, old: Schema, before: Schemas, new: Schema, after: Schemas, seen: Seen) -> Iterator[str]:
    fields, now = old.get("properties", {}), new.get("properties", {})
    for name in fields:
        if name in now:
            yield from narrowed(f"{place}.{name}", fields[name], before, now[name], after, seen)
        elif new.get("additionalProperties") is False:
            yield f"{place}.{name}: the field is no longer taken"
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{place}.{name}: the field is needed now"


def thinned(place: str, old: Schema, before: Schemas, new: Schema, after: Schemas, seen: Seen = frozenset()) -> Iterator[str]:
    """Where an answer lacks what it had, or has what nobody expects. New words of an enumeration and new fields are expected."""
    pair = (name_of(old), name_of(new))
    if pair in seen:
        return
    seen |= {pair} if all(pair) else set()
    old, new = before.plain(old), after.plain(new)
    if old.get("type") not in (None, new.get("type")) and (old.get("type"), new.get("type")) != ("number", "integer"):
        yield f"{place}: {old['type']} became {new.get('type', 'anything')}"
        return
    if new.get("nullable") and not old.get("nullable"):
        yield f"{place}: it may be null now"
    fields, now = old.get("properties", {}), new.get("properties", {})
    for name in fields:
        if name not in now:
            yield f"{place}.{name}: the field was removed"
            continue
        if name in old.get("required", ()) and name not in new.get("required", ()):
            yield f"{place}.{name}: the field may be missing now"
        yield from thinned(f"{place}.{name}", fields[name], before, now[name], after, seen)
    yield from _parts(thinned, place, old, before, new, after, seen)
    if len(_branches(new)) > len(_branches(old)):
        yield f"{place}: it may have one more form now"


def _parts(compare: Any, place: str, old: Schema, before: Schemas, new: Schema, after: Schemas, seen: Seen) -> Iterator[str]:
    for keyword in ("items", "additionalProperties"):
        if isinstance(old.get(keyword), Mapping) and isinstance(new.get(keyword), Mapping):
            yield from compare(f"{place}[]", old[keyword], before, new[keyword], after, seen)
    for left, right in zip(_branches(old), _branches(new), strict=False):
        yield from compare(place, left, before, right, after, seen)


def _branches(schema: Schema) -> list[Schema]:
    return [each for keyword in ("anyOf", "oneOf", "allOf") for each in schema.get(keyword, ())]
