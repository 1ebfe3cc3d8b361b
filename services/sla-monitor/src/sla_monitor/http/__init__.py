"""Who owes what, over HTTP: lists, counts, one cycle with its evidence; how sellers do; and what an engineer on call excuses."""

from sla_monitor.http import excuses, routes, sellers

ROUTERS = (routes.router, sellers.router, excuses.router)
REFUSALS = {**routes.REFUSALS, **excuses.REFUSALS}

__all__ = ["REFUSALS", "ROUTERS"]
