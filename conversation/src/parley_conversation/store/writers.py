"""Who wrote how often within the last hour: in the memory of this process, for it is asked with each message (docs/adr/0018)."""

from collections import OrderedDict
from datetime import datetime

from parley_conversation.domain.limits import Tally

REMEMBERED = 20_000
"""People, and messages. Who wrote longest ago is forgotten first."""


class Writers:
    """All transactions of a process share one."""

    def __init__(self) -> None:
        self._tallies: OrderedDict[str, Tally] = OrderedDict()
        self._counted: OrderedDict[str, None] = OrderedDict()

    def wrote(self, person_id: str, message_id: str, at: datetime, most: int) -> None:
        if message_id in self._counted:
            return
        self._tallies[person_id] = self._tallies.get(person_id, Tally(person_id)).again(at, most)
        self._tallies.move_to_end(person_id)
        self._counted[message_id] = None
        for remembered in (self._tallies, self._counted):
            if len(remembered) > REMEMBERED:
                remembered.popitem(last=False)
