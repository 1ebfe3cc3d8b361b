"""The HTTP interface is described to everybody, for programs and for people, with its problems, and nothing is loaded from elsewhere."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends
from parley_chassis import reference
from parley_chassis.auth import Principal, signed_in, signed_in_or_link
from parley_chassis.reference.page import rendered
from parley_contracts.problems import CATALOGUE
from pydantic import BaseModel, Field


class Seat(BaseModel):
    """A place in a <train>."""

    row: int = Field(ge=1, le=99, description="Counted from the front & up")
    beside: "list[Seat]" = []


def application() -> reference.Documented:
    app = reference.Documented(title="Trains", version="1", docs_url=None, redoc_url=None, responses=reference.PROBLEM_RESPONSE)

    @app.post("/v1/seats", tags=["seats"])
    async def book(seat: Seat, who: Annotated[Principal, Depends(signed_in("buyer"))]) -> Seat:
        """Take a place."""
        return seat

    @app.get("/v1/seats", tags=["seats"], dependencies=[Depends(signed_in_or_link("buyer"))])
    async def seats(row: int = 1) -> list[Seat]:
        return []

    app.include_router(reference.router)
    return app


@pytest.fixture
async def anybody() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application()), base_url="http://trains") as client:
        yield client


async def test_the_document_says_of_every_route_who_may_ask_and_that_it_may_answer_with_a_problem(anybody: httpx.AsyncClient) -> None:
    document = (await anybody.get("/openapi.json")).json()

    operations = document["paths"]["/v1/seats"]
    assert document["openapi"].startswith("3.1")
    assert [operations[method]["security"] for method in ("post", "get")] == [[{"bearer": []}], [{"bearer": []}, {"link": []}]]
    for operation in operations.values():
        assert set(operation["responses"]) == {"200", "default"}
        assert operation["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
    kinds = document["components"]["schemas"]["Problem"]["properties"]["type"]["x-extensible-enum"]
    assert kinds == [kind.type for kind in CATALOGUE.values()]
    assert "HTTPValidationError" not in document["components"]["schemas"]


class Loads(HTMLParser):
    """What a page loads and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.leads: list[str] = []
        self.places: set[str] = set()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.places |= {given["id"]} if "id" in given else set()
        self.loaded += [given[name] for name in ("src", "href") if name in given and tag != "a"]
        self.leads += [given["href"]] if tag == "a" else []


async def test_the_page_is_whole_without_javascript_and_loads_its_own_style_sheet_alone(anybody: httpx.AsyncClient) -> None:
    answer = await anybody.get("/docs")
    page = Loads()
    page.feed(answer.text)

    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert "script" not in page.tags
    assert "style=" not in answer.text
    assert page.loaded == ["docs/reference.css"]
    assert (await anybody.get("/docs/reference.css")).headers["content-type"].startswith("text/css")
    assert {to.removeprefix("#") for to in page.leads if to.startswith("#")} <= page.places
    assert [to for to in page.leads if not to.startswith("#")] == ["openapi.json"]


async def test_the_page_shows_every_route_every_field_and_who_may_ask(anybody: httpx.AsyncClient) -> None:
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", (await anybody.get("/docs")).text))

    for said in (
        "POST /v1/seats Book",
        "Take a place.",
        "Who asks: bearer or link",
        "row integer (1…99) needed Counted from the front &amp; up",
    ):
        assert said in words
    assert "A place in a &lt;train&gt;." in words


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string", "format": "date-time"}, "date-time"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
        ({"type": "string", "x-extensible-enum": ["open", "shut"]}, "open, shut"),
        ({"const": "a"}, "&#39;a&#39;"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Seat"}}, "list of Seat"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "object of integer"),
        ({}, "anything"),
    ],
)
def test_a_value_is_said_in_a_few_words(schema: dict[str, Any], said: str) -> None:
    page = rendered({"info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {"It": schema, "Seat": {}}}})

    assert f"<p>{said}</p>" in page
