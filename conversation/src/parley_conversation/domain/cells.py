"""What a table of states, commands and roles is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from parley_conversation.domain.refusals import Refusal
from parley_conversation.domain.words import Role, State


class Command(StrEnum):
    """Everything that can be asked of a conversation, or happens to it."""

    OPEN = "open"
    REPLY = "reply"
    REPLY_AND_CLOSE = "reply_and_close"
    NOTE = "note"
    CLOSE = "close"
    REOPEN = "reopen"
    APPEAL = "appeal"
    TAKE_OVER = "take_over"
    RESPONSE_OVERDUE = "response_overdue"
    OVERDUE_RETRACTED = "response_overdue_retracted"
    ACKNOWLEDGE = "acknowledge"
    HAND_BACK = "hand_back"
    WAIVE = "no_response_needed"
    REFUND = "refund"
    RATE = "rate"
    PRIVATE_ORDER_NOTE = "private_order_note"
    ORDER_NOTE_TO_CUSTOMER = "order_note_to_customer"
    REMOVE_MESSAGE = "remove_message"
    ASSIGN = "assign"
    FINALISE = "finalise"
    BUYER_ERASED = "buyer_erased"
    SELLER_ERASED = "seller_erased"
    NEW_LINK = "new_link"


class Target(StrEnum):
    """Where a command leads: a state, or one that the conversation itself gives."""

    S = State.AWAITING_SELLER
    P = State.AWAITING_SUPPORT
    B = State.AWAITING_BUYER
    C = State.CLOSED
    F = State.FINAL
    H = "handler"
    """S or P, by the handler."""
    SAME = "unchanged"
    REMAINING = "remaining"
    """What the remaining public messages give."""


class Rule(StrEnum):
    """The conditions of the table. Numbers are those of its footnotes, which `rules.py` decides."""

    OVERDUE_UNANSWERED = "(1)"
    OVERDUE_UNACKNOWLEDGED = "(1) before support acknowledged"
    SUPPORT_STILL_OWES = "(2)"
    CONTACT_WINDOW = "(3)"
    TAKES_OVER_FIRST = "(4)"
    ACKNOWLEDGES_FIRST = "(5)"
    REFUND_REQUIRED = "(6)"
    BUYER_STILL_WAITS = "(7)"
    OWED_BY_SELLER = "(8) owed by the seller"
    POLICY_ESCALATES = "(8) the policy escalates"
    NO_WAIT_MOVED = "(8) no wait has moved since"
    MAY_WAIVE = "(9)"
    WHAT_REMAINS = "(10)"
    BUYER_SEES_IT = "(11)"
    ROUTED_TO_SUPPORT = "routed to support"
    HANDLER_IS_SUPPORT = "handler is support"
    OTHER_AGENT_HAS_IT = "another agent has it"
    ESCALATED_BY_OVERDUE = "escalated by overdue"
    CLOSE_ASKED = "close asked for"
    POST_PURCHASE = "post-purchase"
    WITHIN_14_DAYS = "within 14 days"


class Need(StrEnum):
    """What a command must come with."""

    REASON = "reason"
    MESSAGE = "message"
    BACKSTAGE_TEXT = "backstage text"


class NoOp(StrEnum):
    """Why a reaction of the system changed nothing; recorded with it."""

    OWED_BY_SUPPORT = "owed_by_support"
    POLICY_DOES_NOT_ESCALATE = "policy_does_not_escalate"
    MOVED_SINCE = "moved_since"
    WITH_SUPPORT = "with_support"
    AWAITING_BUYER = "awaiting_buyer"
    NOT_BY_OVERDUE = "not_by_overdue"
    AWAITING_SELLER = "awaiting_seller"
    CLOSED = "closed"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Go:
    """The command is carried out: the new state, the rules that bind it, and what is told where that differs from the row."""

    to: Target
    rules: tuple[Rule, ...] = ()
    tells: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """The command is refused."""

    refusal: type[Refusal]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing changes and nothing is told; a reaction of the system is recorded with the reason."""

    why: NoOp


@dataclass(frozen=True, slots=True)
class If:
    """One cell or another."""

    rule: Rule
    then: "Cell"
    otherwise: "Cell"


Cell = Go | Refuse | Nothing | If


@dataclass(frozen=True, slots=True)
class Row:
    """One command of one or more roles: a cell for each state (``new`` where there is no conversation yet)."""

    command: Command
    roles: tuple[Role, ...]
    cells: Mapping[State, Cell]
    tells: tuple[str, ...] = ()
    """The facts, by name, where the cell does not say otherwise."""
    rules: tuple[Rule, ...] = ()
    """Rules that bind every cell of the row in which the command is carried out."""
    needs: Need | None = None
    new: Cell | None = None
