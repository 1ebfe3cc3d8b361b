"""`fold --into`: read the log once more into a second database, and compare what follows from it with the live state."""

from sla_monitor.folding.command import COMMAND

__all__ = ["COMMAND"]
