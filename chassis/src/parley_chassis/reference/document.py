"""The OpenAPI document of a service: what FastAPI reads from the routes, and the problem that each of them may answer with."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from parley_contracts.problems import CATALOGUE


def _header(description: str, type: str = "string", *, always: bool = False) -> dict[str, Any]:
    return {"description": description, "schema": {"type": type}, "required": always}


_HEADERS: Mapping[str, Any] = {
    "ETag": _header("The version; give it back as `If-Match`", always=True),
    "ETagOfOne": _header("The version, where one thing was made"),
    "Location": _header("Where it is found from now on", always=True),
    "Idempotency-Replayed": _header("`true`: the answer that this key got before, and nothing was done"),
    "Content-Language": _header("The language of the title", always=True),
    "Retry-After": _header("After so many seconds the same request can succeed: with 409, 429 and 503", "integer"),
    "WWW-Authenticate": _header("How to sign in: with 401"),
}


def _kept(name: str, of: str = "") -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{of or name}"}}


ETAG, ONE_ETAG, LOCATION, REPLAYED = _kept("ETag"), _kept("ETag", "ETagOfOne"), _kept("Location"), _kept("Idempotency-Replayed")


def with_headers(status: int, *headers: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    """What a route's document says of the headers of a good answer."""
    return {status: {"headers": {name: header for each in headers for name, header in each.items()}}}


PROBLEM_RESPONSE: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem: what is wrong, and what to do",
        "headers": _kept("Content-Language") | _kept("Retry-After") | _kept("WWW-Authenticate"),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""Every answer that is none of a route's own."""


class Documented(FastAPI):
    """An application whose document knows the problems, and the headers of answers."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        found = super().openapi()
        components = found.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = _PROBLEM
        components["headers"] = _HEADERS
        return found


_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. A problem has further members where they help, such as `ticket`.",
    "required": ["type", "title", "status", "retry"],
    "properties": {
        "type": {"type": "string", "x-extensible-enum": [kind.type for kind in CATALOGUE.values()]},
        "title": {"type": "string", "description": "In the language of the one who asks"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do"},
        "retry": {"type": "string", "enum": ["never", "same-key", "later"], "description": "Whether the same request can succeed"},
        "errors": {
            "type": "array",
            "description": "The fields that are wrong",
            "items": {
                "type": "object",
                "required": ["field", "message", "type"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}, "type": {"type": "string"}},
            },
        },
    },
}
