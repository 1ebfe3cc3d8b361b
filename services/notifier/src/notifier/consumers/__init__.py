"""What the notifier hears: conversations, the response clock, people."""

from notifier.consumers.subscription import TOPICS, subscription

__all__ = ["TOPICS", "subscription"]
