"""A direct link opens what it was made for, for as long as it was made for, and nothing else."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer
from parley_chassis.links import COOKIE_LIFETIME, LINK_LIFETIME, LinkClaims, LinkExpired, LinkInvalid, Links, read_keys

OLD, NEW = "old-" + "0" * 40, "new-" + "1" * 40
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLAIMS = LinkClaims("0199f3c2-7a61-7000-8000-5e4d3c2b1a09", "buyer-77", "buyer", NOON)
SECOND = timedelta(seconds=1)


def links_at(at: datetime, *keys: str) -> Links:
    return Links(keys or (NEW, OLD), now=lambda: at)


def test_a_link_reads_back_as_what_it_was_made_of() -> None:
    links = links_at(NOON)

    assert links.read(links.mint(CLAIMS)) == CLAIMS


def test_the_same_claims_always_give_the_same_token() -> None:
    assert links_at(NOON).mint(CLAIMS) == links_at(NOON + SECOND).mint(CLAIMS)


def test_a_token_fits_into_an_address_and_a_mail() -> None:
    token = links_at(NOON).mint(CLAIMS)

    assert len(token) < 200
    assert all(letter.isalnum() or letter in "-_." for letter in token)


ANY = st.builds(
    LinkClaims,
    st.uuids().map(str) | st.text(min_size=1, max_size=60),
    st.text(min_size=1, max_size=200),
    st.sampled_from(["buyer", "guest", "seller"]),
    st.integers(0, LINK_LIFETIME // SECOND - 1).map(lambda age: NOON - age * SECOND),
)
"""Whatever a marketplace may call a conversation and a person, at any age that a link lives to."""


@given(ANY)
def test_any_claims_survive(claims: LinkClaims) -> None:
    links = links_at(NOON)

    assert links.read(links.mint(claims)) == claims
    assert links.read_cookie(links.cookie(claims)) == claims


def test_a_person_with_the_longest_id_of_the_rarest_letters_can_use_a_link() -> None:
    claims = LinkClaims(CLAIMS.conversation_id, "".join(chr(0x10000 + 7919 * n % 0xFFFFF) for n in range(200)), "buyer", NOON)
    links = links_at(NOON)

    assert links.read(links.mint(claims)) == claims
    assert links.read_cookie(links.cookie(claims)) == claims


@given(ANY, ANY, st.data())
def test_whatever_is_changed_in_a_token_it_opens_nothing(mine: LinkClaims, other: LinkClaims, data: st.DataObject) -> None:
    links = links_at(NOON)
    make, read = data.draw(st.sampled_from([(links.mint, links.read), (links.cookie, links.read_cookie)]))
    made, foreign = make(mine), make(other)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(made))] * 2)))
    cut = sorted(data.draw(st.tuples(*[st.integers(0, len(foreign))] * 2)))
    put = data.draw(st.text(max_size=20) | st.sampled_from([foreign[slice(*cut)], made[start:end][::-1], made[start:end].swapcase()]))
    forged = made[:start] + put + made[end:]
    assume(forged not in (made, foreign))

    assert not _opens(read, forged)


def test_it_lives_for_thirty_days_and_not_a_second_longer() -> None:
    token = links_at(NOON).mint(CLAIMS)

    assert links_at(NOON + LINK_LIFETIME - SECOND).read(token) == CLAIMS
    with pytest.raises(LinkExpired) as expired:
        links_at(NOON + LINK_LIFETIME).read(token)
    assert expired.value.claims == CLAIMS


def test_a_cookie_lives_for_eight_hours_and_not_a_second_longer() -> None:
    opened = NOON + timedelta(days=2)
    cookie = links_at(opened).cookie(CLAIMS)

    assert links_at(opened + COOKIE_LIFETIME - SECOND).read_cookie(cookie) == CLAIMS
    with pytest.raises(LinkExpired):
        links_at(opened + COOKIE_LIFETIME).read_cookie(cookie)


def test_a_cookie_does_not_outlive_its_link() -> None:
    opened = NOON + LINK_LIFETIME - timedelta(hours=1)
    cookie = links_at(opened).cookie(CLAIMS)

    with pytest.raises(LinkExpired):
        links_at(NOON + LINK_LIFETIME).read_cookie(cookie)


def test_a_link_from_the_future_is_refused_but_a_little_skew_is_not() -> None:
    token = links_at(NOON).mint(CLAIMS)

    assert links_at(NOON - timedelta(seconds=59)).read(token) == CLAIMS
    with pytest.raises(LinkInvalid):
        links_at(NOON - timedelta(seconds=61)).read(token)


def test_each_single_bit_counts() -> None:
    links = links_at(NOON)
    for made, read in ((links.mint(CLAIMS), links.read), (links.cookie(CLAIMS), links.read_cookie)):
        accepted = [
            (place, bit)
            for place in range(len(made))
            for bit in range(7)
            if _opens(read, made[:place] + chr(ord(made[place]) ^ 1 << bit) + made[place + 1 :])
        ]

        assert not accepted


def test_each_cut_and_each_addition_is_refused() -> None:
    links = links_at(NOON)
    token = links.mint(CLAIMS)

    spoiled = (
        [token[:end] for end in range(len(token))] + [token + extra for extra in ("A", "=", ".", " ", "\n", "/")] + [" " + token, token * 2]
    )
    assert not [each for each in spoiled if _opens(links.read, each)]


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é" * 20, "0" * 100_000, "../../etc/passwd", "\x00", "null"])
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(LinkInvalid):
        links_at(NOON).read(token)


def test_a_token_of_one_purpose_is_none_of_another() -> None:
    links = links_at(NOON)
    link, cookie = links.mint(CLAIMS), links.cookie(CLAIMS)
    form = links.form_token(cookie)

    assert not _opens(links.read, cookie)
    assert not _opens(links.read, form)
    assert not _opens(links.read_cookie, link)
    assert not _opens(links.read_cookie, form)
    assert not links.is_form_token(cookie, cookie)


def test_a_form_belongs_to_the_cookie_that_it_was_shown_to() -> None:
    links = links_at(NOON)
    mine, other = links.cookie(CLAIMS), links.cookie(LinkClaims("c-2", "buyer-77", "buyer", NOON))

    assert links.is_form_token(links.form_token(mine), mine)
    assert not links.is_form_token(links.form_token(mine), other)
    assert not links.is_form_token("", mine)


def test_while_keys_are_rotated_both_open_and_the_newest_signs() -> None:
    before, during, after = links_at(NOON, OLD), links_at(NOON, NEW, OLD), links_at(NOON, NEW)

    assert during.read(before.mint(CLAIMS)) == CLAIMS
    assert after.read(during.mint(CLAIMS)) == CLAIMS
    with pytest.raises(LinkInvalid):
        after.read(before.mint(CLAIMS))


def test_a_stranger_who_knows_the_code_but_no_key_opens_nothing() -> None:
    token = Links([secrets.token_hex(32)], now=lambda: NOON).mint(CLAIMS)
    key_id = links_at(NOON).mint(CLAIMS).partition(".")[0]

    assert not _opens(links_at(NOON).read, token)
    assert not _opens(links_at(NOON).read, f"{key_id}.{token.partition('.')[2]}")
    assert not _opens(links_at(NOON).read, f"{key_id}.{URLSafeSerializer('guess', salt='parley.link').dumps(['c', 'p', 'support', 0])}")


def test_keys_come_from_a_file_newest_first(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# rotated in March\n{NEW}\n\n{OLD}\n")

    assert read_keys(file) == (NEW, OLD)
    assert Links.from_file(file, now=lambda: NOON).mint(CLAIMS) == links_at(NOON).mint(CLAIMS)


@pytest.mark.parametrize(
    ("text", "advice"),
    [("", "it needs one, or two"), (f"{NEW}\n{OLD}\n{NEW}x\n", "it needs one, or two"), ("short\n", "openssl rand -hex 32")],
)
def test_a_file_of_bad_keys_is_refused_with_what_to_do(tmp_path: Path, text: str, advice: str) -> None:
    file = tmp_path / "keys"
    file.write_text(text)

    with pytest.raises(ValueError, match=advice):
        read_keys(file)


def test_a_missing_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name a file with one key a line"):
        read_keys(tmp_path / "none")


def _opens(read: Callable[[str], LinkClaims], token: str) -> bool:
    try:
        read(token)
    except LinkInvalid:
        return False
    return True
