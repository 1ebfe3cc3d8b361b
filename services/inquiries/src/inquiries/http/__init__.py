"""The HTTP interface of inquiries: asking; the rest is the kernel's."""

from inquiries.http.context import ContextTokens
from inquiries.http.routes import REFUSALS, inquiry_routes

__all__ = ["REFUSALS", "ContextTokens", "inquiry_routes"]
