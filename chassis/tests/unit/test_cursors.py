"""A cursor leads on from the place that it was made of, in its own list, and is nothing else."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from parley_chassis.cursors import LONGEST, REFUSED, Cursors

Place = tuple[datetime, int | None, str]
TRAINS, TRAMS = Cursors[Place]("trains", Place), Cursors[Place]("trams", Place)

PLACES = st.tuples(
    st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 the bounds are naive
    st.none() | st.integers(1, 2**53),
    st.text(max_size=200),
)


def is_refused(word: str) -> bool:
    try:
        TRAINS.read(word)
    except ValueError as error:
        return str(error) == REFUSED
    return False


@given(PLACES)
def test_a_cursor_reads_back_as_its_place_and_fits_into_an_address(place: Place) -> None:
    word = TRAINS.after(place)

    assert TRAINS.read(word) == place
    assert word.isascii()
    assert word.replace("-", "").replace("_", "").isalnum()
    assert len(word) <= LONGEST


@given(PLACES, st.data())
def test_what_was_changed_anywhere_is_refused(place: Place, data: st.DataObject) -> None:
    made = TRAINS.after(place)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(made))] * 2)))
    changed = made[:start] + data.draw(st.text(max_size=8) | st.just(made[start:end].swapcase())) + made[end:]
    assume(changed != made)

    assert is_refused(changed)


@given(PLACES)
def test_a_cursor_of_another_list_is_refused(place: Place) -> None:
    assert is_refused(TRAMS.after(place))


@given(PLACES)
def test_a_cursor_of_another_choice_is_refused(place: Place) -> None:
    red, old = TRAINS.among("red", None), TRAINS.among(None, "red")

    assert red.read(red.after(place)) == place
    for other in (TRAINS, TRAMS.among("red", None), old):
        with pytest.raises(ValueError, match="cursor"):
            other.read(red.after(place))


@pytest.mark.parametrize("word", ["", "x", "=", "W10", "\u202e", "\x00", "AAAA" * 500])
def test_what_was_never_a_cursor_is_refused(word: str) -> None:
    assert is_refused(word)


def test_a_page_is_followed_by_another_only_where_there_is_more() -> None:
    numbers = Cursors[int]("numbers", int)

    shown, following = numbers.page([1, 2, 3], 2, lambda last: last)

    assert (list(shown), following) == ([1, 2], numbers.after(2))
    assert numbers.page([1, 2], 2, lambda last: last) == ([1, 2], None)
    assert numbers.page([], 2, lambda last: last) == ([], None)
