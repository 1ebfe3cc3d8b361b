"""The forms that only the page of a ticket has."""

from collections.abc import Mapping

from parley_conversation.domain.cells import Command
from parley_conversation.pages.forms import Choice, Form

from ticketing.use_cases.refunding import refund

FORMS: Mapping[Command, Form] = {Command.REFUND: Form(refund, choice=Choice("line_ids", bool, tuple))}
