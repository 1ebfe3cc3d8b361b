"""Identities that follow from what they name: the same event, recipient and notice always give the same mail."""

from uuid import UUID, uuid5

from notifier.domain.words import Notice

_NAMESPACE = UUID("0f9a4c52-7a53-5d0c-9a1d-3b8b1a6c0e5f")


def delivery_id(event_id: str, recipient: str, notice: Notice) -> str:
    """The id of the one row for this event, recipient and notice."""
    return str(uuid5(_NAMESPACE, f"{event_id}|{recipient}|{notice}"))


def message_id(delivery: str, domain: str) -> str:
    """The Message-ID of every attempt at this delivery, without angle brackets."""
    return f"d-{delivery}@{domain}"


def thread_root(conversation_id: str, domain: str) -> str:
    """The Message-ID that all mails of a conversation refer to. No mail carries it: whoever comes later still finds the thread."""
    return f"c-{uuid5(_NAMESPACE, conversation_id)}@{domain}"
