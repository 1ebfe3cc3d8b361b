"""The HTTP interface of ticketing: opening tickets, and the marketplace's inlet; the rest is the kernel's."""

from ticketing.http.importing import importing_routes
from ticketing.http.inlet import inlet_routes
from ticketing.http.merchant import ticket_merchant_routes
from ticketing.http.notes import order_routes
from ticketing.http.routes import REFUSALS, ticket_routes

__all__ = ["REFUSALS", "importing_routes", "inlet_routes", "order_routes", "ticket_merchant_routes", "ticket_routes"]
