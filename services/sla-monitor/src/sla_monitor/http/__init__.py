"""Who owes what, over HTTP: lists, counts, one cycle with its evidence; and what an engineer on call excuses."""

from sla_monitor.http import excuses, routes

ROUTERS = (routes.router, excuses.router)
REFUSALS = {**routes.REFUSALS, **excuses.REFUSALS}

__all__ = ["REFUSALS", "ROUTERS"]
