"""Events about mails, on ``parley.notifier.deliveries.v1``. No address, no text."""

from typing import ClassVar

from pydantic import Field

from parley_contracts.envelope import EventData
from parley_contracts.words import Role

SOURCE = "/notifier"


class Notification(EventData):
    """One mail to one recipient about one event."""

    type: ClassVar[str] = ""

    delivery_id: str
    event_id: str = Field(description="The event that it tells of")
    notice: str
    conversation_source: str | None = None
    market: str
    recipient_id: str = Field(description="A party id, or the market's queue: support, oncall, copy")
    recipient_role: Role
    language: str
    attempts: int = Field(ge=0)


class NotificationSent(Notification):
    """The server took the mail: 250 after the final dot. Later failures come as bounces."""

    type: ClassVar[str] = "parley.notification.sent.v1"

    message_id: str = Field(description="The Message-ID, without angle brackets")


class NotificationFailed(Notification):
    """The mail ended without being accepted."""

    type: ClassVar[str] = "parley.notification.failed.v1"

    reason: str = Field(json_schema_extra={"x-extensible-enum": ["rejected", "expired", "no_address", "unconfirmed"]})
    smtp_code: int | None = None


class NotificationSuppressed(Notification):
    """The mail was not sent, on purpose."""

    type: ClassVar[str] = "parley.notification.suppressed.v1"

    reason: str = Field(json_schema_extra={"x-extensible-enum": ["suppressed", "obsolete", "folded", "erased"]})


EVENTS: tuple[type[EventData], ...] = (NotificationSent, NotificationFailed, NotificationSuppressed)
