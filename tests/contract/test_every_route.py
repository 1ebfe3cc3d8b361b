"""What holds for every route of every service, read from the committed documents."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from parley_openapi.__main__ import file_of
from parley_openapi.apps import SETTINGS
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
