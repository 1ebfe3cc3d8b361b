"""What is kept comes back as it was."""

from datetime import UTC, date, timedelta

from bson import CodecOptions, decode, encode
from hypothesis import given
from sla_monitor.domain.calendar import BusinessHours
from sla_monitor.domain.policy import BEGINNING, Effect, Entry, OutageWindow, Policy
from sla_monitor.domain.responses import after
from sla_monitor.store import documents, policies
from sla_monitor.testing import T
from sla_monitor.testing.histories import Record, folded, whatever

AWARE = CodecOptions(tz_aware=True, tzinfo=UTC)


def there_and_back(document: documents.Document) -> documents.Document:
    found: documents.Document = decode(encode(document), codec_options=AWARE)
    return found


@given(whatever)
def test_every_conversation_and_every_cycle(log: list[Record]) -> None:
    for conversation, facts in folded(log):
        assert documents.conversation_of(there_and_back(documents.document_of_conversation(conversation))) == conversation
        for response in (after(conversation, fact) for fact in facts):
            assert documents.response_of(there_and_back(documents.document_of_response(response))) == response


def test_every_line_of_the_policy_book() -> None:
    business = BusinessHours.of(zone="Europe/Berlin", days="mon-fri", hours="09:00-12:00,13:00-24:00", holidays=[date(2026, 12, 25)])
    fancy = Policy(id="fancy", version=7, target=timedelta(milliseconds=1), warn_at=(), calendar=business, escalates=False)

    for entry in (Entry("de", BEGINNING, Policy()), Entry("fr", T, fancy), Entry("fr", T, Policy(ends=True), "pre_purchase", "s-7")):
        assert policies.line_of(there_and_back(policies.document_of(entry))) == entry
    for line in (OutageWindow("o-1", T, T + timedelta(hours=1), T, "oncall-1", "why"), Effect("o-1", "a topic", 3, T)):
        assert policies.line_of(there_and_back(policies.document_of(line))) == line
