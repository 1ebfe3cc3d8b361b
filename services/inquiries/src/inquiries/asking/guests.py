"""Guests as they come in: what they must say of themselves, and by what they are known when they send again."""

from hashlib import sha256
from typing import Annotated

from parley_conversation.domain.people import Person
from parley_conversation.http.bodies import Body, Language
from pydantic import StringConstraints
from uuid_utils import uuid7

from inquiries.domain.guests import Guest

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f<>@]+$")]
Email = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}$")
]


class NewGuest(Body):
    """Who asks without an account. The address is used for mails about this inquiry alone and is shown to nobody."""

    name: Name
    email: Email
    language: Language | None = None


def welcome(given: NewGuest) -> tuple[Person, Guest]:
    """A party of their own for each question: an address that was typed in proves nothing."""
    guest = Guest(id=f"guest-{uuid7()}", name=given.name, email=given.email)
    return Person(party_id=guest.id, is_buyer=True, language=given.language), guest


def key_of(guest: Guest) -> str:
    """Whose key a guest's request has: who sends again is known by the address, of which no more than a digest is kept."""
    return f"guest:{sha256(guest.email.casefold().encode()).hexdigest()}"
