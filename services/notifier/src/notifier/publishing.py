"""How deliveries that ended become events: no address, no text."""

from datetime import datetime
from typing import assert_never

from parley_contracts import notifier as contract
from parley_contracts.envelope import Envelope, derived_id
from parley_contracts.words import Role

from notifier.domain.delivery import Delivery
from notifier.domain.recipients import RecipientKind
from notifier.domain.words import Audience, State

_ROLES = {Audience.BUYER: Role.BUYER, Audience.SELLER: Role.SELLER, Audience.SUPPORT: Role.SUPPORT}
"""The market's own readers of mails have no role of the contract: they are others."""


def envelope(delivery: Delivery, sequence: int, at: datetime) -> Envelope:
    """The event of a delivery that ended; the same end of the same delivery always gives the same id."""
    data = _data(delivery)
    ended = f"{delivery.id}/{delivery.resends}" if delivery.resends else delivery.id
    event = Envelope.of(
        data,
        id=derived_id(delivery.event_id, contract.SOURCE, data.type, ended),
        source=contract.SOURCE,
        subject=delivery.conversation_id,
        time=at,
        sequence=sequence,
        correlationid=delivery.correlation_id,
        causationid=delivery.event_id,
    )
    return event.traced(*delivery.trace) if delivery.trace else event


def _data(delivery: Delivery) -> contract.Notification:
    state = delivery.state
    match state:
        case State.SENT:
            return contract.NotificationSent(**_common(delivery), message_id=delivery.message_id)
        case State.REJECTED | State.EXPIRED | State.NO_ADDRESS | State.UNCONFIRMED:
            return contract.NotificationFailed(**_common(delivery), reason=str(state), smtp_code=delivery.ending.code)
        case State.SUPPRESSED | State.OBSOLETE | State.FOLDED | State.ERASED:
            return contract.NotificationSuppressed(**_common(delivery), reason=str(state))
        case State.PENDING | State.CLAIMED | State.DOT | State.RETRY | State.AMBIGUOUS:
            raise ValueError(f"delivery {delivery.id} is {state}: only one that has ended is told to others")
        case _:
            assert_never(state)


def _common(delivery: Delivery) -> dict[str, object]:
    is_queue = delivery.recipient.kind is RecipientKind.QUEUE
    return {
        "delivery_id": delivery.id,
        "event_id": delivery.event_id,
        "notice": str(delivery.notice),
        "conversation_source": None if delivery.notice.about_a_seller else delivery.source,
        "market": delivery.market,
        "recipient_id": str(delivery.audience) if is_queue else delivery.recipient.id,
        "recipient_role": _ROLES.get(delivery.audience, Role.OTHER),
        "language": delivery.language,
        "attempts": delivery.attempts,
    }
