"""What tests of the monitor need: its ports in memory, and a log to read from."""

from sla_monitor.testing.log import Log, about_ticket
from sla_monitor.testing.memory import MemoryMonitor, T

__all__ = ["Log", "MemoryMonitor", "T", "about_ticket"]
