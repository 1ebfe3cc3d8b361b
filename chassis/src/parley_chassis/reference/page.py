"""The OpenAPI document as a page: plain HTML from a template, one style sheet of its own, nothing from elsewhere."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader
from starlette.responses import FileResponse, HTMLResponse

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_HERE = Path(__file__).parent
# What a document does not say is left out: nearly every member is optional.
_TEMPLATES = Environment(loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def reference(request: Request) -> HTMLResponse:
    """The page. Its links are relative, so that it stands behind any path prefix."""
    return HTMLResponse(rendered(request.app.openapi()), headers={"content-security-policy": POLICY})


@router.get("/docs/reference.css")
async def style() -> FileResponse:
    return FileResponse(_HERE / "reference.css", media_type="text/css")


def rendered(document: Mapping[str, Any]) -> str:
    """The page of any OpenAPI document of ours."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            shown = {**operation, "method": method.upper(), "path": path}
            groups.setdefault(", ".join(operation.get("tags", ["other"])), []).append(shown)
    return _TEMPLATES.get_template("reference.html").render(
        info=document["info"], groups=groups, schemas=document["components"]["schemas"], says=_says, refers=_refers
    )


def _refers(schema: Mapping[str, Any]) -> list[str]:
    """The named schemas that this one is made of."""
    return list(dict.fromkeys(_names(schema)))


def _names(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rpartition("/")[2]
        for name, part in schema.items():
            if name not in ("properties", "example", "examples"):
                yield from _names(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _names(part)


def _says(schema: Mapping[str, Any]) -> str:
    """What a value is, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    branches = schema.get("anyOf") or schema.get("oneOf")
    if branches:
        return " or ".join(dict.fromkeys(map(_says, branches)))
    if "const" in schema:
        return repr(schema["const"])
    words = schema.get("enum") or schema.get("x-extensible-enum")
    if words:
        return ", ".join(map(str, words))
    if schema.get("type") == "array":
        return f"list of {_says(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_says(schema['additionalProperties'])}"
    return " ".join([str(schema.get("format") or schema.get("type", "anything")), *_limits(schema)])


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    for low, high in (("minLength", "maxLength"), ("minimum", "maximum"), ("minItems", "maxItems")):
        if low in schema or high in schema:
            yield f"({_number(schema.get(low))}…{_number(schema.get(high))})"


def _number(limit: float | None) -> str:
    """The limit as people write it: FastAPI's document says 200.0."""
    return "" if limit is None else str(int(limit) if limit == int(limit) else limit)
