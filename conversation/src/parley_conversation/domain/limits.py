"""How often somebody may write, or ask, within an hour."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from parley_conversation.domain.refusals import TooOften

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tally:
    """When it was done within the last hour: by one person, from one address, or on one page of the shop."""

    of: str
    asked: tuple[datetime, ...] = ()

    def again(self, at: datetime, most: int, refusal: type[TooOften] = TooOften) -> "Tally":
        """The tally after once more; raises the refusal where that would be once too often."""
        recent = self.asked[bisect_right(self.asked, at - HOUR) :]
        if len(recent) >= most:
            raise refusal(recent[-most] + HOUR - at)
        return Tally(self.of, (*recent, at))
