"""The table of states: what each command of each role does in each state, whole, as data."""

from collections.abc import Iterable

from parley_conversation.domain import refusals as no
from parley_conversation.domain.cells import Cell, Command, Go, If, Need, NoOp, Nothing, Refuse, Row, Rule, Target
from parley_conversation.domain.words import Role, State

S, P, B, C, F, H, SAME = (Go(to) for to in (Target.S, Target.P, Target.B, Target.C, Target.F, Target.H, Target.SAME))

CLOSED, FINAL, NOT_CLOSED = Refuse(no.Closed), Refuse(no.Final), Refuse(no.NotClosed)
WITH_SUPPORT, NOT_WITH_SUPPORT, NOTHING_OWED = Refuse(no.WithSupport), Refuse(no.NotWithSupport), Refuse(no.NothingOwed)

BUYER, SELLER, SUPPORT, SYSTEM = (Role.BUYER,), (Role.SELLER,), (Role.SUPPORT,), (Role.SYSTEM,)
BOTH_SIDES = (Role.SELLER, Role.SUPPORT)
LINK_HOLDERS = (Role.BUYER, Role.SELLER)


def _by(cell: Go, *rules: Rule, tells: tuple[str, ...] | None = None) -> Go:
    return Go(cell.to, (*cell.rules, *rules), tells)


def _row(
    command: Command,
    roles: tuple[Role, ...],
    *cells: Cell,
    tells: Iterable[str] = (),
    rules: Iterable[Rule] = (),
    needs: Need | None = None,
) -> Row:
    return Row(command, roles, dict(zip(State, cells, strict=True)), tuple(tells), tuple(rules), needs)


QUIET = _by(SAME, tells=())
CLOSED_ALREADY = Nothing(NoOp.CLOSED)
ANSWER_TO_BOTH = If(Rule.OVERDUE_UNANSWERED, B, _by(P, Rule.SUPPORT_STILL_OWES))
WAITING_OR_NOT = If(Rule.BUYER_STILL_WAITS, S, B)
HAVE_IT = If(Rule.OTHER_AGENT_HAS_IT, Refuse(no.AlreadyAcknowledged), SAME)
WAIVED = If(
    Rule.CLOSE_ASKED,
    _by(C, Rule.MAY_WAIVE, tells=("Waived", "Closed")),
    _by(B, Rule.MAY_WAIVE),
)
OVERDUE = If(
    Rule.OWED_BY_SELLER,
    If(
        Rule.POLICY_ESCALATES,
        If(Rule.NO_WAIT_MOVED, P, Nothing(NoOp.MOVED_SINCE)),
        Nothing(NoOp.POLICY_DOES_NOT_ESCALATE),
    ),
    Nothing(NoOp.OWED_BY_SUPPORT),
)
NOT_BY_OVERDUE = Nothing(NoOp.NOT_BY_OVERDUE)
REMAINING = Go(Target.REMAINING, (Rule.WHAT_REMAINS,))

_REPLIED, _REPLIED_AND_CLOSED = ("Replied",), ("Replied", "Closed")
_FIRST, _ACK = Rule.TAKES_OVER_FIRST, Rule.ACKNOWLEDGES_FIRST
_WINDOW, _REFUND, _SEEN = Rule.CONTACT_WINDOW, Rule.REFUND_REQUIRED, Rule.BUYER_SEES_IT

# Columns: awaiting seller (S), awaiting support (P), awaiting buyer (B), closed (C), final (F).
TABLE: tuple[Row, ...] = (
    Row(Command.OPEN, BUYER, {}, ("Opened",), new=If(Rule.ROUTED_TO_SUPPORT, _by(P, tells=("Opened", "Escalated")), S)),
    _row(Command.REPLY, BUYER, S, P, H, _by(H, tells=("Reopened",)), FINAL, tells=_REPLIED),
    _row(Command.REPLY, SELLER, B, ANSWER_TO_BOTH, _by(B, _WINDOW), CLOSED, FINAL, tells=_REPLIED),
    _row(Command.REPLY, SUPPORT, _by(B, _FIRST), _by(B, _ACK), B, CLOSED, FINAL, tells=_REPLIED),
    _row(
        Command.REPLY_AND_CLOSE,
        SELLER,
        _by(C, _REFUND),
        If(Rule.OVERDUE_UNACKNOWLEDGED, _by(C, _REFUND), WITH_SUPPORT),
        _by(C, _WINDOW, _REFUND),
        CLOSED,
        FINAL,
        tells=_REPLIED_AND_CLOSED,
    ),
    _row(Command.REPLY_AND_CLOSE, SUPPORT, _by(C, _FIRST), _by(C, _ACK), C, CLOSED, FINAL, tells=_REPLIED_AND_CLOSED),
    _row(Command.NOTE, BOTH_SIDES, SAME, SAME, SAME, SAME, FINAL, tells=_REPLIED),
    _row(Command.CLOSE, BUYER, C, C, C, CLOSED_ALREADY, FINAL, tells=("Closed",)),
    _row(
        Command.CLOSE,
        SELLER,
        _by(C, _REFUND),
        WITH_SUPPORT,
        _by(C, _REFUND),
        CLOSED_ALREADY,
        FINAL,
        tells=("Closed",),
        rules=(_SEEN,),
        needs=Need.REASON,
    ),
    _row(
        Command.CLOSE,
        SUPPORT,
        _by(C, _FIRST),
        C,
        C,
        CLOSED_ALREADY,
        FINAL,
        tells=("Closed",),
        rules=(_SEEN,),
        needs=Need.REASON,
    ),
    _row(Command.REOPEN, BUYER, NOT_CLOSED, NOT_CLOSED, NOT_CLOSED, H, FINAL, tells=("Reopened",)),
    _row(
        Command.REOPEN,
        SELLER,
        NOT_CLOSED,
        NOT_CLOSED,
        NOT_CLOSED,
        _by(B, _WINDOW),
        FINAL,
        tells=("Reopened",),
        needs=Need.MESSAGE,
    ),
    _row(Command.REOPEN, SUPPORT, NOT_CLOSED, NOT_CLOSED, NOT_CLOSED, B, FINAL, tells=("Reopened",), needs=Need.MESSAGE),
    _row(
        Command.APPEAL,
        SELLER,
        P,
        WITH_SUPPORT,
        P,
        CLOSED,
        FINAL,
        tells=("Escalated",),
        rules=(_SEEN,),
        needs=Need.BACKSTAGE_TEXT,
    ),
    _row(
        Command.TAKE_OVER,
        SUPPORT,
        P,
        _by(SAME, tells=("Acknowledged",)),
        P,
        CLOSED,
        FINAL,
        tells=("Escalated", "Acknowledged"),
        rules=(_SEEN,),
    ),
    _row(
        Command.RESPONSE_OVERDUE,
        SYSTEM,
        OVERDUE,
        Nothing(NoOp.WITH_SUPPORT),
        Nothing(NoOp.AWAITING_BUYER),
        CLOSED_ALREADY,
        Nothing(NoOp.FINAL),
        tells=("Escalated",),
    ),
    _row(
        Command.OVERDUE_RETRACTED,
        SYSTEM,
        Nothing(NoOp.AWAITING_SELLER),
        If(Rule.ESCALATED_BY_OVERDUE, WAITING_OR_NOT, NOT_BY_OVERDUE),
        If(Rule.ESCALATED_BY_OVERDUE, SAME, NOT_BY_OVERDUE),
        CLOSED_ALREADY,
        Nothing(NoOp.FINAL),
        tells=("HandedBack",),
    ),
    _row(
        Command.ACKNOWLEDGE,
        SUPPORT,
        NOT_WITH_SUPPORT,
        HAVE_IT,
        If(Rule.HANDLER_IS_SUPPORT, HAVE_IT, NOT_WITH_SUPPORT),
        CLOSED,
        FINAL,
        tells=("Acknowledged",),
    ),
    _row(
        Command.HAND_BACK,
        SUPPORT,
        NOT_WITH_SUPPORT,
        WAITING_OR_NOT,
        If(Rule.HANDLER_IS_SUPPORT, B, NOT_WITH_SUPPORT),
        CLOSED,
        FINAL,
        tells=("HandedBack",),
        needs=Need.BACKSTAGE_TEXT,
    ),
    _row(
        Command.WAIVE,
        SELLER,
        WAIVED,
        WITH_SUPPORT,
        NOTHING_OWED,
        NOTHING_OWED,
        FINAL,
        tells=("Waived",),
        needs=Need.REASON,
    ),
    _row(
        Command.WAIVE,
        SUPPORT,
        NOT_WITH_SUPPORT,
        WAIVED,
        NOTHING_OWED,
        NOTHING_OWED,
        FINAL,
        tells=("Waived",),
        needs=Need.REASON,
    ),
    _row(
        Command.REFUND,
        SELLER,
        C,
        WITH_SUPPORT,
        C,
        CLOSED,
        FINAL,
        tells=("RefundRecorded", "Closed"),
        rules=(Rule.POST_PURCHASE,),
    ),
    _row(
        Command.REFUND,
        SUPPORT,
        _by(C, _FIRST),
        C,
        C,
        CLOSED,
        FINAL,
        tells=("RefundRecorded", "Closed"),
        rules=(Rule.POST_PURCHASE,),
    ),
    _row(Command.RATE, BUYER, NOT_CLOSED, NOT_CLOSED, NOT_CLOSED, _by(SAME, Rule.WITHIN_14_DAYS), FINAL, tells=("Rated",)),
    _row(Command.PRIVATE_ORDER_NOTE, SELLER, SAME, SAME, SAME, SAME, FINAL, tells=("OrderNoteAdded",)),
    _row(Command.ORDER_NOTE_TO_CUSTOMER, SELLER, B, ANSWER_TO_BOTH, B, SAME, FINAL, tells=("OrderNoteAdded",), rules=(_WINDOW,)),
    _row(
        Command.REMOVE_MESSAGE,
        (Role.SUPPORT, Role.SYSTEM),
        REMAINING,
        REMAINING,
        REMAINING,
        REMAINING,
        SAME,
        tells=("MessageRemoved",),
    ),
    _row(Command.ASSIGN, BOTH_SIDES, SAME, SAME, SAME, SAME, FINAL, tells=("Assigned",)),
    _row(
        Command.FINALISE,
        SUPPORT,
        NOT_CLOSED,
        NOT_CLOSED,
        NOT_CLOSED,
        F,
        Nothing(NoOp.FINAL),
        tells=("Closed",),
        needs=Need.REASON,
    ),
    _row(Command.BUYER_ERASED, SYSTEM, F, F, F, F, QUIET, tells=("Closed",)),
    _row(Command.SELLER_ERASED, SYSTEM, P, QUIET, SAME, SAME, QUIET, tells=("Escalated",)),
    _row(Command.NEW_LINK, LINK_HOLDERS, SAME, SAME, SAME, SAME, SAME, tells=("LinkRequested",)),
)

IF_MATCH = frozenset(
    {Command.REPLY_AND_CLOSE, Command.CLOSE, Command.REOPEN, Command.HAND_BACK, Command.WAIVE, Command.REFUND, Command.FINALISE}
)
"""Commands for which the actor must say which version they read."""

_BY_COMMAND = {(row.command, role): row for row in TABLE for role in row.roles}


def row(command: Command, role: Role) -> Row:
    """The row of a command for a role; a role without one may not do it."""
    try:
        return _BY_COMMAND[command, Role.BUYER if role is Role.GUEST else role]
    except KeyError:
        raise no.RoleNotAllowed from None
