"""The bytes of a mail, from a skeleton that was made once: nothing in it is folded, guessed or parsed for each mail."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

_LONGEST_ASCII = 900
_WORD_BYTES = 42
_PARTS = (("text", "plain"), ("text", "html"))
_BOUNDARY = "=_parley_part"
"""No part can contain it: both are base64, which has no underscore."""


class UnsafeHeader(ValueError):
    """A header's value has a character that may not stand in a header: mend the template or setting that it comes from."""


def header(value: str) -> str:
    """A header's value: ASCII as it is, anything else as encoded words; raises UnsafeHeader."""
    if not value.isprintable():
        raise UnsafeHeader(f"{UnsafeHeader.__doc__} ({value[:40]!r})")
    if value.isascii() and "=?" not in value and len(value) <= _LONGEST_ASCII:
        return value
    words, word = [], ""
    for letter in value:
        if len((word + letter).encode()) > _WORD_BYTES:
            words.append(word)
            word = ""
        word += letter
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(each.encode()).decode()}?=" for each in [*words, word])


def named(name: str, address: str) -> str:
    """An address with the name that people see."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{header(escaped)}" <{address}>' if name.isascii() else f"{header(name)} <{address}>"


def skeleton(fixed: Sequence[tuple[str, str]]) -> bytes:
    """The headers that all mails of one market in one language share, and the frame of the two parts."""
    lines = [f"{name}: {value}" for name, value in fixed]
    lines += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{_BOUNDARY}"', "", ""]
    return "\r\n".join(lines).encode("ascii")


def filled(frame: bytes, headers: Sequence[tuple[str, str]], text: str, html: str) -> bytes:
    """One mail."""
    own = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii")
    parts = []
    for (kind, subtype), body in zip(_PARTS, (text, html), strict=True):
        encoded = base64.encodebytes(body.encode()).replace(b"\n", b"\r\n")
        head = f"--{_BOUNDARY}\r\nContent-Type: {kind}/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        parts.append(head.encode("ascii") + encoded)
    return b"".join((own, frame, *parts, f"--{_BOUNDARY}--\r\n".encode("ascii")))


def date(at: datetime) -> str:
    """A Date header's value."""
    return format_datetime(at.astimezone(UTC))
