"""Durations are read as people write them, and only so."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_chassis.durations import Duration, show_duration
from pydantic import TypeAdapter, ValidationError

read = TypeAdapter(Duration).validate_python


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("48h", timedelta(hours=48)),
        ("30d", timedelta(days=30)),
        ("20s", timedelta(seconds=20)),
        ("1h30m", timedelta(minutes=90)),
        ("250ms", timedelta(milliseconds=250)),
        ("2w", timedelta(days=14)),
        ("0s", timedelta()),
    ],
)
def test_a_duration_is_numbers_with_units(text: str, span: timedelta) -> None:
    assert read(text) == span


def test_months_are_never_shorter_than_months_are() -> None:
    assert read("24mo") >= timedelta(days=2 * 366)


@pytest.mark.parametrize("text", ["", "48", "h", "48 h", "-1h", "1.5h", "48hours", "PT48H", "٤h", "48h!", "1e3s", " 48h"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValidationError, match="48h, 30d or 1h30m"):
        read(text)


def test_a_bare_number_is_refused_because_nobody_knows_its_unit() -> None:
    with pytest.raises(ValidationError, match="write it as 48s, 48m, 48h or 48d"):
        read(48)


@given(st.integers(min_value=0, max_value=10**11))
def test_what_is_shown_reads_back_as_the_same(milliseconds: int) -> None:
    span = timedelta(milliseconds=milliseconds)

    assert read(show_duration(span)) == span
