"""Who may see a conversation, who may read which message, and what a link is good for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from parley_conversation.domain.access import BY_LINK, check_link, role_of
from parley_conversation.domain.cells import Command
from parley_conversation.domain.links import LinkRecord, Revoker
from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.number import number_of
from parley_conversation.domain.parties import PartyKind
from parley_conversation.domain.people import Person
from parley_conversation.domain.refusals import NotFound, RoleNotAllowed, SignInNeeded
from parley_conversation.domain.visibility import may_read
from parley_conversation.domain.words import Kind, LinkMode, Role, Visibility
from parley_conversation.testing.builders import (
    ACTORS,
    AGENT,
    BUYER,
    MEMBER,
    NOW,
    PARTIES,
    a_conversation,
    a_message,
    a_party,
    holder_of,
)

TICKET = a_conversation()
ROUTED = a_conversation(routed_only=True)
SHOP, MAX = PARTIES[1], PARTIES[2]

READS = {
    Visibility.PUBLIC: {author: "buyer guest seller support system" for author in Role},
    Visibility.BACKSTAGE: {Role.SELLER: "seller support", Role.SUPPORT: "seller support"},
    Visibility.INTERNAL: {Role.SELLER: "seller support", Role.SUPPORT: "support"},
}


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("author", Role)
@pytest.mark.parametrize("reader", Role)
def test_a_message_is_read_by_those_it_is_for(visibility: Visibility, author: Role, reader: Role) -> None:
    expected = reader.value in READS[visibility].get(author, "").split()

    message = a_message(author, visibility=visibility)
    assert may_read(message, reader) is expected
    assert may_read(message, reader, by_link=True) is (expected and visibility is not Visibility.INTERNAL), "internal notes need a sign-in"


@pytest.mark.parametrize(
    ("person", "role"),
    [
        (BUYER, Role.BUYER),
        (MEMBER, Role.SELLER),
        (AGENT, Role.SUPPORT),
        (replace(BUYER, party_id="buyer-2"), None),
        (replace(BUYER, is_buyer=False), None),
        (replace(MEMBER, party_id="buyer-1", seller_ids=frozenset({"seller-2"})), Role.BUYER),
        (replace(MEMBER, seller_ids=frozenset({"seller-2"})), None),
        (replace(AGENT, markets=frozenset({"fast"})), None),
        (Person(party_id="buyer-1", is_buyer=True, markets=frozenset({"de"})), Role.BUYER),
    ],
)
def test_the_role_comes_from_the_conversation(person: Person, role: Role | None) -> None:
    if role is None:
        with pytest.raises(NotFound):
            role_of(person, TICKET)
    else:
        assert role_of(person, TICKET) is role


def test_what_was_routed_to_support_does_not_exist_for_the_seller() -> None:
    with pytest.raises(NotFound):
        role_of(MEMBER, ROUTED)
    with pytest.raises(NotFound):
        role_of(holder_of("member-1", Role.SELLER), ROUTED, MAX)
    assert role_of(BUYER, ROUTED) is Role.BUYER


def test_a_link_opens_its_own_conversation_alone() -> None:
    assert role_of(holder_of("buyer-1", Role.BUYER), TICKET) is Role.BUYER
    with pytest.raises(NotFound):
        role_of(holder_of("buyer-1", Role.BUYER, "c-2"), TICKET)
    with pytest.raises(NotFound):
        role_of(holder_of("buyer-2", Role.BUYER), TICKET)


def test_a_sellers_link_needs_that_its_holder_still_belongs_to_the_shop() -> None:
    assert role_of(holder_of("member-1", Role.SELLER), TICKET, MAX) is Role.SELLER
    assert role_of(holder_of("seller-1", Role.SELLER), TICKET, SHOP) is Role.SELLER, "the shop's own mailbox"
    for holder in (None, replace(MAX, seller_id="seller-2"), a_party("member-1", PartyKind.BUYER)):
        with pytest.raises(NotFound):
            role_of(holder_of("member-1", Role.SELLER), TICKET, holder)


def test_a_guests_link_makes_its_holder_the_guest() -> None:
    asked_by_guest = a_conversation(buyer=ACTORS[Role.GUEST])

    assert role_of(holder_of("guest-1", Role.GUEST), asked_by_guest) is Role.GUEST


@pytest.mark.parametrize("mode", LinkMode)
@pytest.mark.parametrize("role", [Role.BUYER, Role.GUEST, Role.SELLER, Role.SUPPORT])
@pytest.mark.parametrize("command", [None, *Command])
def test_a_link_is_good_for_what_the_market_says(mode: LinkMode, role: Role, command: Command | None) -> None:
    market = MarketRules(contact_window=timedelta(days=30), links={Role.BUYER: mode, Role.SELLER: mode})
    holder = holder_of("party", role)

    if role is Role.SUPPORT or mode is LinkMode.LOGIN:
        with pytest.raises(SignInNeeded):
            check_link(holder, role, market, command)
    elif command is None or (mode is LinkMode.ACT and command in BY_LINK[Role.SELLER if role is Role.SELLER else Role.BUYER]):
        check_link(holder, role, market, command)
    else:
        with pytest.raises(RoleNotAllowed):
            check_link(holder, role, market, command)


def test_what_can_be_done_by_link_is_what_was_agreed() -> None:
    assert {role: sorted(commands) for role, commands in BY_LINK.items()} == {
        Role.BUYER: ["close", "rate", "reopen", "reply"],
        Role.SELLER: ["appeal", "close", "no_response_needed", "reply", "reply_and_close"],
    }


def test_a_sign_in_is_not_bound_by_links() -> None:
    check_link(MEMBER, Role.SELLER, MarketRules(contact_window=timedelta(0), links={Role.SELLER: LinkMode.LOGIN}), Command.NOTE)


def test_a_revoked_link_is_refused_and_a_later_one_is_not() -> None:
    record = LinkRecord(party_id="buyer-1").revoke(NOW, Revoker.PARTY)

    assert not record.accepts(NOW - timedelta(seconds=1))
    assert record.accepts(NOW)


@pytest.mark.parametrize(("by", "renewable"), [(Revoker.PARTY, True), (Revoker.SUPPORT, False), (Revoker.ERASURE, False)])
def test_what_support_or_an_erasure_revoked_stays_revoked(by: Revoker, renewable: bool) -> None:
    record = LinkRecord(party_id="buyer-1").revoke(NOW, by).revoke(NOW, Revoker.PARTY)

    assert record.renewable is renewable


def test_a_link_is_renewed_three_times_an_hour() -> None:
    record: LinkRecord | None = LinkRecord(party_id="buyer-1")
    for minute in (0, 10, 20):
        assert record is not None
        record = record.renew(NOW + timedelta(minutes=minute))
    assert record is not None
    assert record.renew(NOW + timedelta(minutes=59)) is None
    assert record.renew(NOW + timedelta(minutes=60)) is not None


def test_a_number_follows_from_the_id_and_can_be_read_out() -> None:
    assert number_of("01890000-0000-7000-8000-000000000001", Kind.TICKET) == number_of("01890000-0000-7000-8000-000000000001", Kind.TICKET)
    numbers = {number_of(f"id-{n}", Kind.PRODUCT_INQUIRY) for n in range(500)}
    assert len(numbers) == 500
    assert all(number[:2] == "Q-" and not set(number[2:]) & set("ILOU") and len(number) == 11 for number in numbers)
