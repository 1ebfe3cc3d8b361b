"""What became of mails, over HTTP."""

from notifier.http.routes import REFUSALS, router

__all__ = ["REFUSALS", "router"]
