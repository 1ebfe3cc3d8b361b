"""What only an inquiry can be refused for; the docstring is the message."""

from parley_conversation.domain.refusals import Invalid, TooOften


class UnknownMarket(Invalid):
    """The page that you asked from names a market that does not exist here. Tell the shop."""

    field = "context"


class TooManyQuestions(TooOften):
    """Too many questions were asked from this address, or without an account on this page. Wait a while, or sign in."""
