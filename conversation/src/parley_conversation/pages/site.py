"""The site that the pages of conversations belong to: what every site has, what is shown beside a conversation, and its forms."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from parley_chassis import pages
from parley_chassis.pages import PageMarket

from parley_conversation.domain.cells import Command
from parley_conversation.pages.forms import FORMS, Form, slug_of
from parley_conversation.pages.ways import TICKET_BOARDS, Boards
from parley_conversation.use_cases.showing import Facts, no_facts

PACKAGE = Path(__file__).parents[1]


class Site(pages.Site):
    """Everything that the pages of one service with conversations share."""

    def __init__(
        self,
        *,
        public_url: str,
        markets: Mapping[str, PageMarket],
        packages: Sequence[Path] = (),
        facts: Facts = no_facts,
        forms: Mapping[Command, Form] | None = None,
        boards: Boards = TICKET_BOARDS,
    ) -> None:
        """``packages`` have pages of the service's own."""
        super().__init__(public_url=public_url, markets=markets, packages=[*packages, PACKAGE])
        self.facts = facts
        self.boards = boards
        self.forms = {**FORMS, **(forms or {})}
        self.by_slug = {slug_of(command): command for command in self.forms}
