"""Golden examples hold the data alone, agree with schema and model, and cover every word and optional field."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from parley_contracts.compatibility import EXTENSIBLE
from parley_contracts.registry import MODELS

PART = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((PART / "examples").glob("*/*.json"))


def schema_of(type: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((PART / "schemas" / f"{type}.json").read_text("utf-8"))
    return schema


def values_of(type: str) -> list[dict[str, Any]]:
    return [json.loads(file.read_text("utf-8")) for file in EXAMPLES if file.parent.name == type]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_an_example_is_valid_and_parses_and_says_the_same_again(file: Path) -> None:
    data = json.loads(file.read_text("utf-8"))
    Draft202012Validator(schema_of(file.parent.name), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(data)
    model = MODELS[file.parent.name]
    parsed = model.model_validate_json(file.read_bytes())
    assert model.model_validate_json(parsed.model_dump_json(exclude_none=True)) == parsed


@pytest.mark.parametrize("type", sorted(MODELS))
def test_every_type_has_a_valid_schema_and_an_example(type: str) -> None:
    Draft202012Validator.check_schema(schema_of(type))
    assert schema_of(type)["$id"] == f"urn:parley:schema:{type}"
    assert values_of(type)


def test_no_schema_and_no_example_is_without_a_type() -> None:
    assert {file.stem for file in (PART / "schemas").glob("*")} == set(MODELS)
    assert {folder.name for folder in (PART / "examples").iterdir()} == set(MODELS)


def objects_in(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in schema.values():
        if isinstance(value, Mapping):
            yield from objects_in(value)
    if "properties" in schema:
        yield schema


@pytest.mark.parametrize("type", sorted(MODELS))
def test_a_schema_never_closes_an_object_or_an_enumeration(type: str) -> None:
    schema = schema_of(type)
    text = json.dumps(schema)
    assert "additionalProperties" not in text
    assert '"enum"' not in text
    assert '"const"' not in text
    Draft202012Validator(schema).validate({**values_of(type)[0], "a_field_from_the_future": [1]})


def own_words(type: str) -> Iterator[tuple[str, list[str]]]:
    """The enumerations that a type has for itself: its reasons and outcomes."""
    schema = schema_of(type)
    for name in ("reason", "outcome"):
        field = schema["properties"].get(name, {})
        field = schema["$defs"][field["$ref"].split("/")[-1]] if "$ref" in field else field
        if EXTENSIBLE in field:
            yield name, field[EXTENSIBLE]


RESERVED = {"parley.inquiry.closed.v1": {"refunded"}}


@pytest.mark.parametrize("type", [type for type in sorted(MODELS) if any(own_words(type))])
def test_every_reason_and_outcome_has_its_example(type: str) -> None:
    for name, words in own_words(type):
        assert {value[name] for value in values_of(type)} >= set(words) - {"other"} - RESERVED.get(type, set())


@pytest.mark.parametrize("type", sorted(MODELS))
def test_each_field_of_a_type_stands_in_one_of_its_examples(type: str) -> None:
    if type.split(".")[1] in ("order", "party", "order_note", "refund", "guest", "notification", "response"):
        seen = {name for value in values_of(type) for name in value}
        shared = {"product_id", "order_id", "order_number", "assignee_id", "agent_id"}
        assert seen >= set(schema_of(type)["properties"]) - shared
