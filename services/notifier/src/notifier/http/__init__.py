"""What became of mails, and what a person can do about it, over HTTP."""

from notifier.http import acting, pausing, routes

ROUTERS = (routes.router, acting.router, pausing.router)
REFUSALS = {**routes.REFUSALS, **pausing.REFUSALS}

__all__ = ["REFUSALS", "ROUTERS"]
