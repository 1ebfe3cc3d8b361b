"""The loop where time itself acts: takes what is due, sends it, writes down what became of it."""

from notifier.dispatch.dispatcher import Dispatcher

__all__ = ["Dispatcher"]
