"""Work goes on with the trace of whoever asked for it, and without one it begins a trace of its own."""

import pytest
from parley_chassis import tracing
from parley_chassis.tracing import Trace

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ASKED = f"00-{TRACE}-00f067aa0ba902b7-01"


def test_a_hop_keeps_the_trace_its_flags_and_where_it_began_under_a_name_of_its_own() -> None:
    served = Trace.after(ASKED)
    heard = Trace.after(served.traceparent, served.first)

    assert served.id == heard.id == TRACE
    assert served.first == heard.first == ASKED
    assert len({ASKED, served.traceparent, heard.traceparent}) == 3
    assert {hop.traceparent[:36] + hop.traceparent[52:] for hop in (served, heard)} == {f"00-{TRACE}--01"}


@pytest.mark.parametrize(
    "unreadable",
    [
        None,
        "",
        "not a trace",
        ASKED.upper(),
        ASKED[:-1],
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-00f067aa0ba902b7-01\n",
        "{{ secret }}",
    ],
)
def test_what_is_no_trace_begins_a_new_one_and_is_not_repeated(unreadable: str | None) -> None:
    began, other = Trace.after(unreadable, unreadable), Trace.after(unreadable)

    assert began.first == began.traceparent == Trace.after(began.traceparent, unreadable).first
    assert Trace.after(began.traceparent).id == began.id, "it can be read"
    assert began.id not in (other.id, TRACE)


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    assert Trace.after(f"cc-{TRACE}-00f067aa0ba902b7-01-more").traceparent.startswith(f"00-{TRACE}-")


def test_work_belongs_to_a_trace_as_long_as_it_lasts() -> None:
    outer, inner = Trace.begun(), Trace.begun()

    with tracing.under(outer):
        with pytest.raises(ZeroDivisionError), tracing.under(inner):
            raise ZeroDivisionError
        assert tracing.here() == outer
        with tracing.under(None):
            assert tracing.here() is None
    assert tracing.here() is None
