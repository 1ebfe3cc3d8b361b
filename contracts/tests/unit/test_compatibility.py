"""Each kind of change to a schema, planted: the gate lets through what breaks nobody and names everything else."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import pytest
from parley_contracts.compatibility import breaks
from parley_contracts.documents import document
from parley_contracts.envelope import EventData, Instant
from parley_contracts.words import OpenEnum
from pydantic import Field, create_model


class Colour(OpenEnum):
    """The words of the committed schema."""

    RED = "red"
    GREEN = "green"
    OTHER = "other"


class Fewer(OpenEnum):
    """One word less."""

    RED = "red"
    OTHER = "other"


class More(OpenEnum):
    """One word more."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    OTHER = "other"


class Line(EventData):
    """A nested object."""

    type: ClassVar[str] = ""

    id: str
    quantity: int = Field(ge=1)


class StrictLine(Line):
    """Narrower than before."""

    quantity: int = Field(ge=2)


FIELDS: dict[str, Any] = {
    "id": (str, ...),
    "count": (int, ...),
    "at": (Instant, ...),
    "colour": (Colour, ...),
    "note": (str | None, None),
    "flag": (bool, False),
    "lines": (tuple[Line, ...], ...),
    "first": (Line | None, None),
    "counts": (dict[str, int], {}),
}


def schema_with(fields: dict[str, Any], without: Sequence[str] = ()) -> dict[str, Any]:
    kept = {name: field for name, field in {**FIELDS, **fields}.items() if name not in without}
    model = create_model("Planted", __base__=EventData, **kept)
    model.type = "parley.thing.done.v1"
    return document(model)


def found(new: dict[str, Any]) -> list[str]:
    return [str(one) for one in breaks("parley.thing.done.v1", schema_with({}), new)]


class RenamedLine(Line):
    """The same fields under another name of the class."""


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"added": (str | None, None)},
        {"added": (int, 0)},
        {"added": (tuple[Line, ...], ())},
        {"colour": (More, ...)},
        {"lines": (tuple[RenamedLine, ...], ...)},
        {"id": (Annotated[str, Field(description="Better said", title="Id")], ...)},
    ],
)
def test_what_breaks_nobody_passes(change: dict[str, Any]) -> None:
    assert found(schema_with(change)) == []


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"added": (str, ...)}, "added", "the new field is required"),
        ({"count": (str, ...)}, "count", "type changed from 'integer' to 'string'"),
        ({"count": (float, ...)}, "count", "type changed from 'integer' to 'number'"),
        ({"count": (int | str, ...)}, "count", "anyOf changed"),
        ({"count": (Annotated[int, Field(ge=0)], ...)}, "count", "minimum changed from nothing to 0"),
        ({"count": (int, 1)}, "count", "it was required and is optional now"),
        ({"note": (str | None, ...)}, "note", "it was optional and is required now"),
        ({"note": (str, "")}, "note", "nullable changed"),
        ({"id": (str | None, ...)}, "id", "nullable changed"),
        ({"id": (Literal["a", "b"], ...)}, "id", "enum changed"),
        ({"at": (str, ...)}, "at", "format changed from 'date-time' to nothing"),
        ({"flag": (bool, True)}, "flag", "default changed from False to True"),
        ({"colour": (Fewer, ...)}, "colour", "the word 'green' was removed"),
        ({"colour": (str, ...)}, "colour", "the open enumeration is gone"),
        ({"lines": (Line, ...)}, "lines", "type changed from 'array' to 'object'"),
        ({"lines": (tuple[StrictLine, ...], ...)}, "lines[].quantity", "minimum changed from 1 to 2"),
        ({"lines": (list[str], ...)}, "lines[]", "type changed from 'object' to 'string'"),
        ({"first": (StrictLine | None, None)}, "first.quantity", "minimum changed from 1 to 2"),
        ({"counts": (dict[str, str], {})}, "counts[]", "type changed from 'integer' to 'string'"),
        ({"counts": (dict[str, Any], {})}, "counts", "additionalProperties changed"),
    ],
)
def test_what_breaks_somebody_is_named_with_its_field_and_a_way_out(change: dict[str, Any], field: str, problem: str) -> None:
    faults = found(schema_with(change))
    assert any(fault.startswith(f"parley.thing.done.v1: {field}: {problem}") for fault in faults), faults
    assert all("new topic version" in fault for fault in faults)


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_removed_field_is_named_optional_or_not(field: str) -> None:
    faults = found(schema_with({}, without=[field]))
    assert faults == [
        f"parley.thing.done.v1: {field}: the field was removed. Keep it, readers rely on it; or start a new topic version beside this one."
    ]


def test_a_closed_object_and_another_id_are_found_in_the_data_itself() -> None:
    assert any("(the data): additionalProperties" in fault for fault in found({**schema_with({}), "additionalProperties": False}))
    assert any("(the data): $id" in fault for fault in found({**schema_with({}), "$id": "urn:other"}))


@pytest.mark.parametrize(("old", "new"), [(str, tuple[str, int]), (tuple[str, int], tuple[str, str]), (tuple[str, int], tuple[str])])
def test_a_changed_pair_is_found(old: Any, new: Any) -> None:
    committed, changed = schema_with({"pair": (old, ...)}), schema_with({"pair": (new, ...)})
    assert breaks("t", committed, changed)
    assert not breaks("t", committed, committed)
