"""The catalogue, the models and the promise about personal data agree."""

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from parley_contracts import conversation, envelope, inquiries, marketplace, notifier, sla, ticketing, topics, watermark, words
from parley_contracts.documents import document
from parley_contracts.registry import MODELS
from parley_contracts.topics import EVENT_TYPES, TICK, TOPICS, WATERMARK, Tier

PART = Path(__file__).resolve().parents[2]
PERSONAL = {
    "name",
    "display_name",
    "email",
    "address",
    "text",
    "body",
    "title",
    "file",
    "file_name",
    "subject_line",
    "phone",
    "lines",
    "city",
}


def test_the_catalogue_lists_exactly_the_types_that_have_a_model() -> None:
    assert set(MODELS) == {*EVENT_TYPES, WATERMARK, TICK}


def test_each_type_name_says_product_noun_what_happened_and_version() -> None:
    for type in EVENT_TYPES:
        product, noun, happened, version = type.split(".")
        assert (product, version) == ("parley", "v1")
        assert noun.replace("_", "").isalpha()
        assert happened.replace("_", "").isalpha()


def test_topics_of_conversations_carry_watermarks_and_no_other_does() -> None:
    assert {topic.name for topic in TOPICS if topic.watermarks} == {"parley.ticketing.tickets.v1", "parley.inquiries.inquiries.v1"}


def test_only_restricted_topics_of_people_and_orders_are_restricted_and_they_are_compacted() -> None:
    restricted = {topic.name for topic in TOPICS if topic.tier is Tier.RESTRICTED}
    assert restricted == {"parley.marketplace.parties.v1", "parley.marketplace.orders.v1", "parley.inquiries.guests.v1"}
    assert all(topic.compacted for topic in TOPICS if topic.tier is Tier.RESTRICTED)


def fields_of(schema: Mapping[str, Any]) -> Iterator[str]:
    for name, value in schema.items():
        if name == "properties":
            yield from value
        if isinstance(value, Mapping):
            yield from fields_of(value)


@pytest.mark.parametrize("type", sorted(type for type, on in EVENT_TYPES.items() if any(topic.tier is Tier.PUBLIC for topic in on)))
def test_no_field_of_a_public_type_is_named_for_personal_data(type: str) -> None:
    assert not PERSONAL & set(fields_of(document(MODELS[type])))
    for example in (PART / "examples" / type).glob("*.json"):
        assert "@" not in example.read_text("utf-8").replace("@parley.example", "")


def test_the_search_for_personal_data_finds_it_where_it_may_be() -> None:
    assert {"display_name", "email"} <= PERSONAL & set(fields_of(document(marketplace.PartyChanged)))


MODULES = (conversation, envelope, inquiries, marketplace, notifier, sla, ticketing, topics, watermark, words)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_class_says_what_it_is(module: object) -> None:
    for name, member in inspect.getmembers(module, inspect.isclass):
        if member.__module__ == getattr(module, "__name__", ""):
            assert member.__dict__.get("__doc__"), name


def test_the_package_needs_pydantic_alone() -> None:
    files = sorted(file.stem for file in (PART / "src" / "parley_contracts").glob("*.py") if file.stem != "__init__")
    script = (
        "import importlib, json, sys\n"
        f"for name in {files!r}: importlib.import_module('parley_contracts.' + name)\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))))"
    )
    before = subprocess.run([sys.executable, "-c", "import sys; print(' '.join(sys.modules))"], check=True, capture_output=True, text=True)
    after = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    loaded = set(json.loads(after.stdout)) - {name.split(".")[0] for name in before.stdout.split()}
    assert {name for name in loaded if not name.startswith("_sysconfigdata")} <= {
        "parley_contracts",
        "pydantic",
        "pydantic_core",
        "annotated_types",
        "typing_extensions",
        "typing_inspection",
    }
