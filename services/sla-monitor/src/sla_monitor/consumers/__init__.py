"""What the monitor hears: every event of both kinds of conversations, and the watermarks between them."""

from sla_monitor.consumers.subscription import subscription

__all__ = ["subscription"]
