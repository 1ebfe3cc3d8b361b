"""The HTTP interface of conversations, the same for tickets and inquiries; what differs is an argument."""

from parley_conversation.http.refusals import REFUSALS
from parley_conversation.http.routes import conversation_routes

__all__ = ["REFUSALS", "conversation_routes"]
