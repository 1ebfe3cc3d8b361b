"""`simulate`: run situations from files through the real fold, to try a policy before it is switched on."""

from sla_monitor.simulate.command import COMMAND

__all__ = ["COMMAND"]
