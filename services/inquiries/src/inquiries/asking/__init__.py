"""Who asks, and from which page of the shop: what pages and the HTTP interface share."""

from inquiries.asking.context import ContextTokens
from inquiries.asking.guests import NewGuest, key_of, welcome

__all__ = ["ContextTokens", "NewGuest", "key_of", "welcome"]
