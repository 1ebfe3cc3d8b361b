"""How often guests may ask: nobody vouches for an address that was typed in, and each question is mailed to strangers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestLimits:
    """The most questions of guests within an hour."""

    per_address: int
    per_page: int
