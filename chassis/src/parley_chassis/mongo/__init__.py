"""MongoDB for the services: connect, the documents of one transaction, the runner of use cases."""

from parley_chassis.mongo.documents import Documents, Unit
from parley_chassis.mongo.driver import Client, Database, Session, close, connect
from parley_chassis.mongo.indexes import Index, ensure_indexes
from parley_chassis.mongo.keyset import Order, beyond
from parley_chassis.mongo.transactions import Transactions

__all__ = [
    "Client",
    "Database",
    "Documents",
    "Index",
    "Order",
    "Session",
    "Transactions",
    "Unit",
    "beyond",
    "close",
    "connect",
    "ensure_indexes",
]
