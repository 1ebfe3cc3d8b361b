"""The ports on MongoDB: one document a conversation, one row a cycle, the policy book, and the indexes that they need."""

from sla_monitor.store.due import Due
from sla_monitor.store.indexes import INDEXES
from sla_monitor.store.measures import Measures
from sla_monitor.store.policies import Shelf
from sla_monitor.store.touched import Touched
from sla_monitor.store.transaction import MongoTransaction

__all__ = ["INDEXES", "Due", "Measures", "MongoTransaction", "Shelf", "Touched"]
