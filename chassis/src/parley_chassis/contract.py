"""The event contract over HTTP, for everybody: the AsyncAPI document and each type's schema, as they are committed."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from parley_contracts.committed import committed
from parley_contracts.topics import TOPICS
from starlette.exceptions import HTTPException

router = APIRouter(tags=["contract"])

_TYPES = frozenset(type for topic in TOPICS for type in topic.types)


@router.get("/asyncapi.json", response_class=FileResponse)
def asyncapi() -> FileResponse:
    """Every topic and every event type, as one AsyncAPI 3.0 document."""
    return FileResponse(committed() / "asyncapi.json", media_type="application/json")


@router.get("/schemas/{type}.json", response_class=FileResponse)
def schema(type: str) -> FileResponse:
    """The JSON Schema of a type's data."""
    return FileResponse(_file(type), media_type="application/schema+json")


def _file(type: str) -> Path:
    if type not in _TYPES:
        raise HTTPException(404)
    return committed() / "schemas" / f"{type}.json"
