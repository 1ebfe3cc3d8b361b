"""The notifier's ports on MongoDB."""

from parley_chassis.commands import NotRun
from pymongo.errors import PyMongoError

from notifier.store.desk import INDEXES, MongoDesk, WakingTransactions

UNREACHABLE: tuple[type[Exception], ...] = (PyMongoError, NotRun)
"""What a start waits out."""

__all__ = ["INDEXES", "UNREACHABLE", "MongoDesk", "WakingTransactions"]
