"""The gate of the HTTP interfaces lets additions through and nothing that breaks a client."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from parley_openapi.compatibility import breaks

Change = Callable[[dict[str, Any]], object]


def document() -> dict[str, Any]:
    """A small interface with everything that the gate looks at."""
    word = {"anyOf": [{"type": "string", "enum": ["window", "aisle"]}, {"type": "null"}]}
    body = {
        "type": "object",
        "additionalProperties": False,
        "required": ["row"],
        "properties": {"row": {"type": "integer", "maximum": 99}, "side": word, "next": {"$ref": "#/components/schemas/NewSeat"}},
    }
    seat = {
        "type": "object",
        "required": ["id", "neighbours"],
        "properties": {
            "id": {"type": "string"},
            "neighbours": {"type": "array", "items": {"$ref": "#/components/schemas/Seat"}},
            "coach": {"type": "integer"},
        },
    }
    return {
        "paths": {
            "/v1/seats": {
                "get": {
                    "operationId": "list",
                    "security": [{"bearer": []}, {"link": []}],
                    "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 200}}],
                    "responses": {"200": {"content": _json("Seat")}},
                },
                "post": {
                    "operationId": "book",
                    "requestBody": {
                        "required": True,
                        "content": _json("NewSeat"),
                    },
                    "responses": {"201": {"content": _json("Seat")}},
                },
            }
        },
        "components": {"schemas": {"NewSeat": body, "Seat": seat}},
    }


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def operation(it: dict[str, Any], method: str) -> Any:
    return it["paths"]["/v1/seats"][method]


def asked(it: dict[str, Any]) -> Any:
    return it["components"]["schemas"]["NewSeat"]


def answered(it: dict[str, Any]) -> Any:
    return it["components"]["schemas"]["Seat"]


def after(change: Change) -> list[str]:
    """What the gate says of the change."""
    new = copy.deepcopy(document())
    change(new)
    return breaks(document(), new)


BREAKING: dict[str, tuple[Change, str]] = {
    "a path goes": (lambda it: it["paths"].clear(), "POST /v1/seats: the operation was removed"),
    "an operation goes": (lambda it: it["paths"]["/v1/seats"].pop("get"), "GET /v1/seats: the operation was removed"),
    "a function gets another name": (lambda it: operation(it, "get").update(operationId="look"), "operationId changed from list to look"),
    "a way to sign in goes": (lambda it: operation(it, "get").update(security=[{"bearer": []}]), "can no longer ask with link"),
    "a sign-in is needed": (lambda it: operation(it, "post").update(security=[{"bearer": []}]), "can no longer ask with nothing"),
    "a parameter goes": (lambda it: operation(it, "get").update(parameters=[]), "query parameter limit was removed"),
    "a parameter is needed": (lambda it: operation(it, "get")["parameters"][0].update(required=True), "limit is needed now"),
    "a new parameter is needed": (
        lambda it: operation(it, "get")["parameters"].append({"in": "query", "name": "day", "required": True, "schema": {}}),
        "the new query parameter day is needed",
    ),
    "a limit is lowered": (lambda it: operation(it, "get")["parameters"][0]["schema"].update(maximum=100), "maximum became 100"),
    "a limit appears": (lambda it: operation(it, "get")["parameters"][0]["schema"].update(minimum=1), "minimum became 1"),
    "a body is needed": (
        lambda it: operation(it, "get").update(requestBody={"required": True, "content": {}}),
        "GET /v1/seats: a body is needed now",
    ),
    "a type of body goes": (
        lambda it: operation(it, "post")["requestBody"].update(content={"text/plain": {"schema": {}}}),
        "a body of application/json is no longer taken",
    ),
    "a field is needed": (lambda it: asked(it)["required"].append("side"), "body.side: the field is needed now"),
    "a new field is needed": (
        lambda it: (asked(it)["properties"].update(class_={"type": "string"}), asked(it)["required"].append("class_")),
        "body.class_: the field is needed now",
    ),
    "a field is no longer taken": (lambda it: asked(it)["properties"].pop("side"), "body.side: the field is no longer taken"),
    "a word is no longer taken": (lambda it: asked(it)["properties"]["side"]["anyOf"][0]["enum"].remove("aisle"), "the word aisle is no"),
    "null is no longer taken": (lambda it: asked(it)["properties"]["side"]["anyOf"].pop(), "null is no longer taken"),
    "a field has another type": (lambda it: asked(it)["properties"].update(row={"type": "string"}), "body.row: integer became string"),
    "a pattern appears": (
        lambda it: asked(it)["properties"]["side"]["anyOf"][0].update(pattern="^w"),
        "body.side: pattern became ^w",
    ),
    "a status goes": (lambda it: operation(it, "post").update(responses={"200": {}}), "the answer 201 was removed"),
    "a type of answer goes": (
        lambda it: operation(it, "get")["responses"].update({"200": {"content": {}}}),
        "no longer given as",
    ),
    "an answer lacks a field": (lambda it: answered(it)["properties"].pop("coach"), "answer 200.coach: the field was removed"),
    "an answer may lack a field": (lambda it: answered(it)["required"].remove("id"), "answer 200.id: the field may be missing now"),
    "an answer may be null": (
        lambda it: answered(it)["properties"].update(coach={"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        "answer 200.coach: it may be null now",
    ),
    "an answer has another type": (lambda it: answered(it)["properties"].update(id={"type": "integer"}), "string became integer"),
    "the parts of a list change": (
        lambda it: answered(it)["properties"]["neighbours"].update(items={"type": "string"}),
        "answer 200.neighbours[]: object became string",
    ),
}

HARMLESS: dict[str, Change] = {
    "nothing": lambda it: None,
    "a new path": lambda it: it["paths"].update({"/v1/trains": {"get": {"operationId": "trains", "responses": {}}}}),
    "a new parameter": lambda it: operation(it, "get")["parameters"].append({"in": "query", "name": "day", "schema": {}}),
    "a new field that may be sent": lambda it: asked(it)["properties"].update(class_={"type": "string"}),
    "a field that is no longer needed": lambda it: asked(it)["required"].clear(),
    "a new word": lambda it: asked(it)["properties"]["side"]["anyOf"][0]["enum"].append("table"),
    "a wider limit": lambda it: asked(it)["properties"]["row"].update(maximum=120),
    "no limit": lambda it: asked(it)["properties"]["row"].pop("maximum"),
    "a new way to sign in": lambda it: operation(it, "get")["security"].append({"key": []}),
    "a new field in an answer": lambda it: answered(it)["properties"].update(train={"type": "string"}),
    "a field that always comes": lambda it: answered(it)["required"].append("coach"),
    "a new status": lambda it: operation(it, "get")["responses"].update({"304": {}}),
    "a schema with another name": lambda it: (
        it["components"]["schemas"].update(Place=answered(it)),
        operation(it, "get")["responses"]["200"]["content"]["application/json"].update(schema={"$ref": "#/components/schemas/Place"}),
    ),
}


@pytest.mark.parametrize(("change", "said"), BREAKING.values(), ids=BREAKING)
def test_what_breaks_a_client_is_found(change: Change, said: str) -> None:
    assert [fault for fault in after(change) if said in fault], after(change)


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_an_addition_is_let_through(change: Change) -> None:
    assert after(change) == []
