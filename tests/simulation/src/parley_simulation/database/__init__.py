"""A document store in memory: the driver's calls that the chassis makes, with snapshots, conflicts and unheard commits.

A fake of the driver and no port of our own, because what is to be proven lies below any port that the product could have: the
runner of transactions, the identity map, the change stream, the lease. Only what they call is here; anything else raises.
"""

from parley_simulation.database.client import MemoryClient
from parley_simulation.database.server import Faults, Server

__all__ = ["Faults", "MemoryClient", "Server"]
