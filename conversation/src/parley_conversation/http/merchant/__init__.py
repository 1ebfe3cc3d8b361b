"""The merchant API, `/api/v2/ticket` and `/api/v2/inquiry`: the words that sellers' programs know, for the same use cases."""

from parley_conversation.http.merchant.answers import Bought
from parley_conversation.http.merchant.routes import merchant_routes

__all__ = ["Bought", "merchant_routes"]
