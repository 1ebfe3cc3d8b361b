"""What became of mails, and what a person can do about it, over HTTP."""

from notifier.http import acting, routes
from notifier.http.routes import REFUSALS

ROUTERS = (routes.router, acting.router)

__all__ = ["REFUSALS", "ROUTERS"]
