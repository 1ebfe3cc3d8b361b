"""What only an inquiry can be refused for; the docstring is the message."""

from parley_conversation.domain.refusals import Invalid


class UnknownMarket(Invalid):
    """The page that you asked from names a market that does not exist here. Tell the shop."""

    field = "context"
