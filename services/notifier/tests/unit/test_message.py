"""The bytes that we put together ourselves read as what the standard library would have written."""

import email
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notifier.rendering.message import UnsafeHeader, date, filled, header, named, skeleton

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
FIXED = [("From", named("Südmarkt", "post@north.example")), ("Auto-Submitted", "auto-generated")]

printable = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Co", "Cn", "Zl", "Zp", "Zs")), min_size=1)
bodies = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))


@given(subject=printable, text=bodies, html=bodies)
def test_a_mail_reads_back_as_it_was_written(subject: str, text: str, html: str) -> None:
    content = filled(skeleton(FIXED), [("To", "anna@people.example"), ("Subject", header(subject)), ("Date", date(AT))], text, html)
    message = email.message_from_bytes(content, policy=policy.SMTP)
    parts = list(message.iter_parts())

    assert message.defects == []
    assert message["Subject"] == subject
    assert message["From"] == "Südmarkt <post@north.example>"
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part.get_payload(decode=True) for part in parts] == [text.encode(), html.encode()]
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r\n." not in content


def test_a_mail_is_equal_to_what_the_standard_library_writes() -> None:
    written = EmailMessage(policy=policy.SMTP)
    written["To"] = "anna@people.example"
    written["Subject"] = "Anfrage zu Ihrer Bestellung über Größe 42 – bitte antworten Sie bald, danke schön"
    written["From"] = "Südmarkt <post@north.example>"
    written.set_content("Grüße\n")
    written.add_alternative("<p>Grüße</p>\n", subtype="html")
    content = filled(
        skeleton([FIXED[0]]), [("To", "anna@people.example"), ("Subject", header(written["Subject"]))], "Grüße\n", "<p>Grüße</p>\n"
    )
    ours = email.message_from_bytes(content, policy=policy.SMTP)

    for name in ("To", "Subject", "From", "MIME-Version"):
        assert ours[name] == written[name]
    assert [part.get_content() for part in ours.iter_parts()] == [part.get_content() for part in written.iter_parts()]


@pytest.mark.parametrize("value", ["a\r\nBcc: x", "a\nb", "a\rb", "a\x00b", "a\u2028b", "a\u0085b", "a\u202eb", "a\u200bb"], ids=ascii)
def test_a_header_with_anything_that_cannot_be_seen_is_refused(value: str) -> None:
    with pytest.raises(UnsafeHeader, match="mend the template"):
        header(value)


def test_a_name_that_needs_quoting_is_quoted() -> None:
    assert named("Shop, Inc.", "post@north.example") == '"Shop, Inc." <post@north.example>'
    for name in ('The "Shop"', "Back\\slash", "Süd, Inc."):
        message = email.message_from_string(f"From: {named(name, 'post@north.example')}\n\n", policy=policy.SMTP)
        assert message["From"].addresses[0].display_name == name
        assert message["From"].addresses[0].addr_spec == "post@north.example"
