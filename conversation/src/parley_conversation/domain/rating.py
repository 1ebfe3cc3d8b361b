"""How satisfied the buyer is with a closed conversation."""

from dataclasses import dataclass
from datetime import datetime, timedelta

CHANGEABLE_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Rating:
    """One to five stars; ``at`` is when the buyer first rated this closing."""

    stars: int
    at: datetime

    def still_changeable(self, closed_at: datetime, at: datetime) -> bool:
        """A fortnight long; each closing can be rated anew."""
        return self.at < closed_at or at <= self.at + CHANGEABLE_FOR
