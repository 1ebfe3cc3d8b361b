"""The OpenAPI document of a service: what FastAPI reads from the routes, and the problem that each of them may answer with."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from parley_contracts.problems import CATALOGUE

PROBLEM_RESPONSE: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem: what is wrong, and what to do",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""Every answer that is none of a route's own."""


class Documented(FastAPI):
    """An application whose document knows the problems."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        found = super().openapi()
        found.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
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
