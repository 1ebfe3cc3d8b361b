"""Everybody may read the event contract over HTTP, as it is committed."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from parley_chassis import contract, problems
from parley_contracts.registry import MODELS

PART = Path(__file__).parents[3] / "contracts"


@pytest.fixture
async def anybody() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    app.include_router(contract.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_nobody_needs_to_sign_in_for_the_asyncapi_document(anybody: httpx.AsyncClient) -> None:
    answer = await anybody.get("/asyncapi.json")

    assert answer.status_code == 200
    assert answer.content == (PART / "asyncapi.json").read_bytes()


@pytest.mark.parametrize("type", sorted(MODELS))
async def test_nobody_needs_to_sign_in_for_a_types_schema(type: str, anybody: httpx.AsyncClient) -> None:
    answer = await anybody.get(f"/schemas/{type}.json")

    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.content == (PART / "schemas" / f"{type}.json").read_bytes()


@pytest.mark.parametrize("type", ["parley.nothing.v1", "..", "%2e%2e%2fasyncapi", "..%2fpyproject"])
async def test_what_is_no_type_is_not_found(type: str, anybody: httpx.AsyncClient) -> None:
    answer = await anybody.get(f"/schemas/{type}.json")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
