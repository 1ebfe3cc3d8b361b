"""The HTTP interface of inquiries: asking; the rest is the kernel's."""

from inquiries.http.importing import importing_routes
from inquiries.http.routes import REFUSALS, inquiry_routes

__all__ = ["REFUSALS", "importing_routes", "inquiry_routes"]
