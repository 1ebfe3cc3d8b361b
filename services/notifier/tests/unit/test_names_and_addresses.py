"""Hostile names and addresses: nothing hides, nothing reaches out, nothing leaves its place."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notifier.domain.addresses import AddressRefused, checked, masked, without_addresses
from notifier.domain.names import LONGEST, cleaned, line


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna König", "Anna König"),
        ("  Anna\r\n\tKönig ", "Anna König"),
        ("Anna\r\nBcc: evil@example.com", None),
        ("Anna\u202egnp.exe", "Annagnp.exe"),
        ("A\u200bn\u200dn\ufeffa", "Anna"),
        ("Anna\x00\x1b[31m", "Anna[31m"),
        ("anna@people.example", None),
        ("anna＠people.example", None),
        ("Visit https://evil.example now", None),
        ("www.evil.example", None),
        ('"Anna" <script>', "Anna script"),
        ("Fahrrad24.de", "Fahrrad24.de"),
        ("王小明", "王小明"),
        ("\u200b\u202e", None),
        ("---", None),
        ("", None),
        (None, None),
        ("x" * 60, "x" * (LONGEST - 1) + "…"),
        ("Z" + "\u0337" * 500, "Z" + "\u0337" * 3),
        ("\ud800Anna", "Anna"),
    ],
)
def test_a_name_is_shown_as_one_decent_line(name: str | None, shown: str | None) -> None:
    assert cleaned(name) == shown


@given(st.text())
def test_no_name_holds_anything_that_cannot_be_seen(name: str) -> None:
    shown = cleaned(name)

    assert shown is None or (0 < len(shown) <= LONGEST and shown.isprintable() and "@" not in unicodedata.normalize("NFKC", shown))
    assert line(name).isprintable()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("anna@people.example", "anna@people.example"),
        ("Anna.Koenig+shop@People.Example", "Anna.Koenig+shop@people.example"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("o'neil@people.example", "o'neil@people.example"),
        ("anna@localhost", "anna@localhost"),
    ],
)
def test_an_address_is_kept_as_it_goes_on_the_wire(text: str, address: str) -> None:
    assert checked(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anna",
        "@people.example",
        "anna@",
        "anna@@people.example",
        "a@b@people.example",
        "b@x>\r\nRCPT TO:<evil@y",
        "b@x, evil@x",
        "b@x (evil@y)",
        "Anna <anna@people.example>",
        "anna @people.example",
        "anna@people.example\n",
        "anna@people.example\x00",
        "an\tna@people.example",
        '"anna"@people.example',
        "anna;@people.example",
        "anna@people..example",
        "anna@-people.example",
        "anna@people.example.",
        ".anna@people.example",
        "an..na@people.example",
        "anna@people_x.example",
        "anna@[127.0.0.1]",
        "ännä@people.example",
        "anna\u202e@people.example",
        "a" * 65 + "@people.example",
        "anna@" + "x" * 250 + ".example",
        "anna@" + "x" * 64 + ".example",
        "anna@\ud800.example",
    ],
)
def test_a_doubtful_address_is_refused(text: str) -> None:
    with pytest.raises(AddressRefused, match=r"write it as name@example\.com"):
        checked(text)


@given(st.text())
def test_whatever_is_accepted_is_one_safe_word(text: str) -> None:
    try:
        address = checked(text)
    except AddressRefused:
        return
    assert address.isascii()
    assert address.count("@") == 1
    assert not set(address) & set('\r\n\x00 <>",;()[]\\')


def test_support_sees_an_address_masked() -> None:
    assert masked("anna@people.example") == "a•••@p•••.example"


def test_a_servers_words_are_kept_without_the_addresses_in_them() -> None:
    said = "5.1.1 <anna@people.example>: Recipient rejected;\r\n see postmaster@mail.example " + "x" * 500

    kept = without_addresses(said)

    assert "@" not in kept
    assert kept.startswith("5.1.1 <•••>: Recipient rejected; see •••")
    assert len(kept) == 200
