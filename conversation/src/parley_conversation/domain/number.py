"""What people call a conversation: `T-7F3K-92QD`, made from its id."""

from hashlib import sha256

from parley_conversation.domain.words import Kind

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's alphabet: nothing that is misread on the telephone (no I, L, O, U)."""


def number_of(id: str, kind: Kind) -> str:
    """The number of a conversation: T for a ticket, Q for a question before buying. Not a key: two may share one."""
    bits = int.from_bytes(sha256(id.encode()).digest()[:5], "big")
    letters = "".join(_LETTERS[bits >> shift & 31] for shift in range(35, -5, -5))
    return f"{'T' if kind is Kind.TICKET else 'Q'}-{letters[:4]}-{letters[4:]}"
