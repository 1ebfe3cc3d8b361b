"""What follows from a record, and what is said of it, belongs to the record's trace, whatever else is in its batch."""

from typing import Any

from parley_chassis.tracing import Trace, name_trace
from structlog.testing import capture_logs


async def test_what_follows_from_an_event_belongs_to_its_trace(notebook: Any, log: Any, handle: Any) -> None:
    began = {subject: Trace.begun() for subject in "ab"}
    told = {subject: Trace.after(*trace) for subject, trace in began.items()}

    await handle(notebook.subscription(), *(log.event(subject, 1, trace=trace) for subject, trace in told.items()), log.event("c", 1))

    rows = {row["key"]: row["headers"] for row in await notebook.database["outbox"].find().to_list(None)}
    for subject, trace in told.items():
        follows = rows[subject]["traceparent"].decode()
        assert (follows[3:35], follows == trace.traceparent) == (trace.id, False), "the same trace, another hop"
        assert rows[subject]["ce_traceparent"].decode() == began[subject].first
    assert len({headers["traceparent"][3:35] for headers in rows.values()}) == 3


async def test_what_is_said_of_a_record_that_fails_names_its_trace(notebook: Any, log: Any, handle: Any) -> None:
    notebook.fails["bad"] = ValueError("no")
    trace = Trace.begun()
    with capture_logs([name_trace]) as said:
        await handle(notebook.subscription(), log.event("a", 1, "bad", trace=trace))

    assert {line.get("trace_id") for line in said if line["event"] == "A record could not be applied"} == {trace.id}
