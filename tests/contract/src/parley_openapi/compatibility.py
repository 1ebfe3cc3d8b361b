"""What may change in an OpenAPI document: additions that a client of yesterday does not notice. All else breaks somebody."""

from collections.abc import Iterator, Mapping
from typing import Any

from parley_openapi.shapes import Schemas, narrowed, thinned

Document = Mapping[str, Any]


def breaks(old: Document, new: Document) -> list[str]:
    """Every change that breaks a client of the old document."""
    schemas = Schemas(old), Schemas(new)
    return [
        f"{method.upper()} {path}: {fault}"
        for path, item in old["paths"].items()
        for method, operation in item.items()
        for fault in _operation(operation, new["paths"].get(path, {}).get(method), *schemas)
    ]


def _operation(old: Document, new: Document | None, before: Schemas, after: Schemas) -> Iterator[str]:
    if new is None:
        yield "the operation was removed"
        return
    if old["operationId"] != new["operationId"]:
        yield f"operationId changed from {old['operationId']} to {new['operationId']}: generated clients name their functions by it"
    yield from _parameters(old, new, before, after)
    yield from _body(old.get("requestBody"), new.get("requestBody"), before, after)
    yield from _responses(old["responses"], new["responses"], before, after)
    for way in old.get("security", [{}]):
        if way not in new.get("security", [{}]):
            yield f"one can no longer ask with {' and '.join(way) or 'nothing'}"


def _parameters(old: Document, new: Document, before: Schemas, after: Schemas) -> Iterator[str]:
    known, now = _named(old), _named(new)
    for key, parameter in known.items():
        place = f"{key[0]} parameter {key[1]}"
        if key not in now:
            yield f"{place} was removed"
            continue
        if now[key].get("required") and not parameter.get("required"):
            yield f"{place} is needed now"
        yield from narrowed(place, parameter["schema"], before, now[key]["schema"], after)
    for key in now.keys() - known.keys():
        if now[key].get("required"):
            yield f"the new {key[0]} parameter {key[1]} is needed"


def _named(operation: Document) -> dict[tuple[str, str], Any]:
    return {(each["in"], each["name"]): each for each in operation.get("parameters", ())}


def _body(old: Document | None, new: Document | None, before: Schemas, after: Schemas) -> Iterator[str]:
    if new is None:
        if old is not None:
            yield "the body was removed"
        return
    if new.get("required") and not (old or {}).get("required"):
        yield "a body is needed now"
    for kind, content in (old or {}).get("content", {}).items():
        if kind not in new["content"]:
            yield f"a body of {kind} is no longer taken"
        else:
            yield from narrowed("body", content["schema"], before, new["content"][kind]["schema"], after)


def _responses(old: Document, new: Document, before: Schemas, after: Schemas) -> Iterator[str]:
    for status, response in old.items():
        if status not in new:
            yield f"the answer {status} was removed"
            continue
        now = new[status].get("content", {})
        for kind, content in response.get("content", {}).items():
            if kind not in now:
                yield f"the answer {status} is no longer given as {kind}"
            else:
                yield from thinned(f"answer {status}", content.get("schema", {}), before, now[kind].get("schema", {}), after)
