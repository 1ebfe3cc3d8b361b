"""The words of a situation's `is`, and what each means to the clock."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sla_monitor.domain.events import Closed, Erased, Event, HandedBack, HandedOver, Posted, Removed, Reopened, Waived
from sla_monitor.domain.words import HandOver, Role, Side
from sla_monitor.simulate.notation import Fault, needed, word

Item = Mapping[str, Any]
Common = dict[str, Any]

_HANDED_OVER_BY = {Role.SELLER: HandOver.APPEAL, Role.SUPPORT: HandOver.SUPPORT, Role.SYSTEM: HandOver.OVERDUE}
_VISIBILITIES = ("public", "backstage", "internal")
_AUTHOR_KINDS = ("person", "automatic")


def event(item: Item, name: str, *, id: str, sequence: int, at: datetime) -> Event:
    """What happened, by its word; a word that is not known touches no clock."""
    starts = not item.get("imported", False) or item.get("start_clock", False)
    common: Common = {"id": id, "sequence": sequence, "at": at, "handler": word(Side, item, "handler"), "starts_clock": starts}
    make = _WORDS.get(str(item["is"]))
    return make(item, name, common) if make else Event(**common)


def _by(item: Item) -> Role:
    needed(item, "by")
    return word(Role, item, "by") or Role.OTHER


def _posted(item: Item, name: str, common: Common) -> Event:
    visibility, author_kind = item.get("visibility", "public"), item.get("author_kind", "person")
    if visibility not in _VISIBILITIES:
        raise Fault("visibility", f"{visibility!r} is not known; write {', '.join(_VISIBILITIES)}")
    if author_kind not in _AUTHOR_KINDS:
        raise Fault("author_kind", f"{author_kind!r} is not known; write {', '.join(_AUTHOR_KINDS)}")
    return Posted(**common, by=_by(item), message_id=name, public=visibility == "public", person=author_kind == "person")


def _closed(item: Item, name: str, common: Common) -> Event:
    return Closed(**common, by=_by(item))


def _reopened(item: Item, name: str, common: Common) -> Event:
    return Reopened(**common, by=_by(item), message_id=name)


def _escalated(item: Item, name: str, common: Common) -> Event:
    reason = word(HandOver, item, "reason") or _HANDED_OVER_BY.get(_by(item), HandOver.OTHER)
    return HandedOver(**common, reason=reason)


def _handed_back(item: Item, name: str, common: Common) -> Event:
    return HandedBack(**common)


def _no_response_needed(item: Item, name: str, common: Common) -> Event:
    side = _by(item).side
    if side is None:
        raise Fault("by", "only a side that owes an answer can waive it; write seller or support")
    return Waived(**common, side=side)


def _message_removed(item: Item, name: str, common: Common) -> Event:
    reason = needed(item, "reason")
    if reason not in ("spam", "moderation"):
        raise Fault("reason", f"{reason!r} is not known; write spam or moderation")
    return Removed(**common, message_id=str(item["of"]), spam=reason == "spam")


def _erased(item: Item, name: str, common: Common) -> Event:
    return Erased(**common)


_WORDS: dict[str, Callable[[Item, str, Common], Event]] = {
    "conversation_opened": _posted,
    "reply": _posted,
    "order_note_to_customer": _posted,
    "refund_recorded": _posted,
    "closed": _closed,
    "reopened": _reopened,
    "escalated": _escalated,
    "handed_back": _handed_back,
    "no_response_needed": _no_response_needed,
    "message_removed": _message_removed,
    "erased": _erased,
}
