"""How often guests may ask: nobody vouches for an address that was typed in, and each question is mailed to strangers."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from inquiries.domain.refusals import TooManyQuestions

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestLimits:
    """The most questions of guests within an hour."""

    per_address: int
    per_page: int


@dataclass(frozen=True, slots=True)
class Tally:
    """When guests asked within the last hour: from one address, or on one page of the shop."""

    of: str
    asked: tuple[datetime, ...] = ()

    def again(self, at: datetime, most: int) -> "Tally":
        """The tally after one more question; raises TooManyQuestions where that would be one too many."""
        recent = tuple(each for each in self.asked if each > at - HOUR)
        if len(recent) >= most:
            raise TooManyQuestions(recent[-most] + HOUR - at)
        return replace(self, asked=(*recent, at))
