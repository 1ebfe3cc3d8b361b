"""What holds for every route of every service, read from the committed documents."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from parley_openapi.__main__ import file_of
from parley_openapi.apps import SETTINGS, app_of
from parley_openapi.shapes import name_of

PAGES = frozenset({"cursor", "limit"})


def operations(service: str, method: str) -> Iterator[tuple[str, dict[str, Any]]]:
    document = json.loads(file_of(service).read_text("utf-8"))
    return ((path, item[method]) for path, item in document["paths"].items() if method in item)


def named(operation: dict[str, Any], place: str) -> set[str]:
    return {each["name"].lower() for each in operation.get("parameters", ()) if each["in"] == place}


def fields(service: str, operation: dict[str, Any]) -> set[str]:
    """The fields of a good answer."""
    known = json.loads(file_of(service).read_text("utf-8"))["components"]["schemas"]
    answers = operation["responses"]["200"].get("content", {}).values()
    return {field for answer in answers for field in known.get(name_of(answer["schema"]), {}).get("properties", ())}


@pytest.mark.parametrize("service", SETTINGS)
def test_every_post_takes_an_idempotency_key(service: str) -> None:
    posts = dict(operations(service, "post"))

    assert posts
    assert [path for path, operation in posts.items() if "idempotency-key" not in named(operation, "header")] == []


@pytest.mark.parametrize("service", SETTINGS)
def test_every_list_has_pages(service: str) -> None:
    """A list is what has a limit; each has a cursor with it, and says where it goes on."""
    lists = {path: operation for path, operation in operations(service, "get") if named(operation, "query") & PAGES}

    assert len(lists) >= 3
    assert [path for path, operation in lists.items() if not named(operation, "query") >= PAGES] == []
    assert [path for path, operation in lists.items() if "next" not in fields(service, operation)] == []
    whole = [path for path, operation in operations(service, "get") if {"items", "next"} & fields(service, operation) and path not in lists]
    assert whole == []


@pytest.mark.parametrize("service", SETTINGS)
async def test_what_an_address_does_not_know_is_refused_with_what_it_knows(service: str, tmp_path: Path) -> None:
    paths = json.loads(file_of(service).read_text("utf-8"))["paths"]
    transport = httpx.ASGITransport(app_of(service, tmp_path))
    async with httpx.AsyncClient(transport=transport, base_url="https://help.example.com") as client:
        for path in paths:
            address = re.sub(r"{\w+}", "x", path)
            fits = [each for each in paths if re.fullmatch(re.sub(r"{\w+}", "[^/]+", each), address)]
            known = {method.upper() for each in fits for method in paths[each]}
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
                answer = await client.request(method, address)
                found = answer.status_code, answer.json()["type"], set(answer.headers["allow"].split(", "))
                assert found == (405, "/problems/method-not-allowed", known), f"{method} {address}"
