"""The notifier's ports on MongoDB."""

from notifier.store.desk import INDEXES, MongoDesk, WakingTransactions

__all__ = ["INDEXES", "MongoDesk", "WakingTransactions"]
