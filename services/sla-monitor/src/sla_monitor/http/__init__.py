"""Who owes what, over HTTP: lists, counts, and one cycle with its evidence."""

from sla_monitor.http.routes import REFUSALS, router

__all__ = ["REFUSALS", "router"]
