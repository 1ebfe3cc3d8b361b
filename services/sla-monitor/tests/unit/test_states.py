"""How two readings of one log are compared, and where to fold to."""

import argparse

import pytest
from sla_monitor.domain.states import Known, State, compare
from sla_monitor.folding.command import target

PLACE = ("tickets", 0)


def known(*, began: int = 0, partial: tuple[str, ...] = (), keep: bool = True, **handlers: str) -> Known:
    found = Known({PLACE: 9}, {PLACE: began}, partial=set(partial))
    for id, handler in handlers.items():
        found.states[id] = State(*PLACE)
        found.states[id].add("conversation", {"handler": handler}, keep=keep)
    return found


def test_equal_states_have_one_digest() -> None:
    found = compare(known(a="seller", b="support"), known(b="support", a="seller"))

    assert (found.equal, found.differing) == (2, {})
    assert found.digest == compare(known(b="support", a="seller"), known(a="seller", b="support")).digest != 0


def test_what_differs_is_told_by_part_and_name() -> None:
    found = compare(known(a="seller", b="seller"), known(a="support", c="seller"))

    assert found.differing == {
        "a": ['conversation: handler: live "seller", folded "support"'],
        "b": ["only the live state knows it"],
        "c": ["only the fold knows it"],
    }
    assert found.digest == 0


def test_what_is_not_whole_in_the_log_is_left_out() -> None:
    found = compare(known(a="seller", b="seller", old="seller"), known(began=5, partial=("b",), a="seller", b="support"))

    assert (found.equal, found.partial, found.differing) == (1, 2, {})


def test_what_a_person_decided_otherwise_is_left_out_only_where_it_differs() -> None:
    found = compare(known(a="seller", b="seller"), known(a="seller", b="support"), unrepeatable={"a", "b"})

    assert (found.equal, found.unrepeatable, found.differing) == (1, 1, {})


def test_a_second_look_counts_for_what_differed_in_the_first() -> None:
    first = compare(known(a="seller", b="seller", keep=False), known(a="seller", b="support", keep=False))

    both = first.looked_again(compare(known(b="support"), known(b="support")))

    assert (both.equal, both.differing) == (2, {})
    assert both.digest == compare(known(a="seller", b="support"), known(a="seller", b="support")).digest


def test_the_name_of_the_database_stands_behind_the_address() -> None:
    assert target("mongodb://me:pw@a:1,b:2/again?replicaSet=rs0") == ("mongodb://me:pw@a:1,b:2/?replicaSet=rs0", "again")


@pytest.mark.parametrize(
    "text", ["mongodb://127.0.0.1:27017/", "127.0.0.1/again", "mongodb://a/b/c", "postgres://a/again", "mongodb:///again"]
)
def test_a_target_that_names_no_database_is_refused_with_advice(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="write it as mongodb://HOST:PORT/NAME"):
        target(text)
