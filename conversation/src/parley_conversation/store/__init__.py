"""The kernel's ports on MongoDB."""

from parley_chassis.commands import NotRun
from pymongo.errors import PyMongoError

from parley_conversation.store.conversations import INDEXES as _CONVERSATION_INDEXES
from parley_conversation.store.transaction import INDEXES as _OTHER_INDEXES
from parley_conversation.store.transaction import MongoTransaction

INDEXES = (*_CONVERSATION_INDEXES, *_OTHER_INDEXES)

UNREACHABLE: tuple[type[Exception], ...] = (PyMongoError, NotRun)
"""What a start waits out: the database does not answer yet."""

__all__ = ["INDEXES", "UNREACHABLE", "MongoTransaction"]
