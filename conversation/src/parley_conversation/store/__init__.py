"""The kernel's ports on MongoDB."""

from parley_conversation.store.conversations import INDEXES as _CONVERSATION_INDEXES
from parley_conversation.store.images import INDEXES as _IMAGE_INDEXES
from parley_conversation.store.messages import INDEXES as _MESSAGE_INDEXES
from parley_conversation.store.templates import INDEXES as _TEMPLATE_INDEXES
from parley_conversation.store.transaction import INDEXES as _OTHER_INDEXES
from parley_conversation.store.transaction import MongoTransaction
from parley_conversation.store.writers import Writers

INDEXES = (*_CONVERSATION_INDEXES, *_MESSAGE_INDEXES, *_IMAGE_INDEXES, *_TEMPLATE_INDEXES, *_OTHER_INDEXES)

__all__ = ["INDEXES", "MongoTransaction", "Writers"]
