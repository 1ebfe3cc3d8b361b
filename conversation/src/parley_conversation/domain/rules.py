"""How the rules of the table are decided for one conversation and one command."""

from dataclasses import dataclass, replace
from datetime import datetime

from parley_conversation.domain import refusals as no
from parley_conversation.domain.cells import Cell, Command, Go, If, Nothing, Refuse, Rule
from parley_conversation.domain.content import ANYTHING_GOES, ContentPolicy
from parley_conversation.domain.messages import Message
from parley_conversation.domain.people import Actor
from parley_conversation.domain.standing import Standing
from parley_conversation.domain.states import IF_MATCH, row
from parley_conversation.domain.words import Category, EscalationReason, Role, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueResponse:
    """What the response clock proved: this wait went past its due time."""

    cycle_id: str
    owed_by: Side
    as_of: int
    """The conversation's last sequence that the clock had read."""
    escalates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One command on one conversation: who, when, and what the rules ask of the world outside it."""

    by: Actor
    at: datetime
    ids: tuple[str, ...]
    """The ids of the facts that it may bring about, in order."""
    read: int | None = None
    """The version that the actor has read (If-Match), if they said so."""
    in_contact_window: bool = True
    """Whether the seller may still write to this buyer unasked."""
    refund_only: bool = False
    """Whether the market lets a refund alone close a post-purchase ticket."""
    closing: bool = False
    """Whether a waiver closes the conversation too."""
    overdue: OverdueResponse | None = None
    content: ContentPolicy = ANYTHING_GOES
    """What the market makes of a seller's words to a buyer."""

    def judged(self, message: Message) -> Message:
        """A message to the buyer, with what is to be flagged in it; raises ContentRefused. A seller's words alone are judged."""
        return replace(message, flagged=self.content.judge(message.text)) if self.by.role is Role.SELLER else message


def decide(command: Command, conversation: Standing, act: Act) -> Go | Nothing:
    """What the command does here, or the refusal; in the order 403, 428 and 412, 409."""
    found = row(command, act.by.role)
    cell = _pick(found.cells[conversation.state], conversation, act)
    rules = (*found.rules, *cell.rules) if isinstance(cell, Go) else ()
    if Rule.CONTACT_WINDOW in rules and not (conversation.buyer_waits or act.in_contact_window):
        raise no.ContactWindowClosed
    _check_version(command, conversation, act)
    if isinstance(cell, Refuse):
        raise cell.refusal
    for rule in rules:
        _check(rule, conversation, act)
    return cell


def _check_version(command: Command, conversation: Standing, act: Act) -> None:
    if act.read is None and command in IF_MATCH:
        raise no.IfMatchNeeded
    if act.read is not None and act.read != conversation.sequence:
        raise no.ChangedMeanwhile


def _pick(cell: Cell, conversation: Standing, act: Act) -> Go | Refuse | Nothing:
    while isinstance(cell, If):
        cell = cell.then if _holds(cell.rule, conversation, act) else cell.otherwise
    return cell


def _holds(rule: Rule, conversation: Standing, act: Act) -> bool:
    match rule:
        case Rule.OVERDUE_UNANSWERED:
            # An overdue escalation alone leaves the seller's wait open: any public answer since has ended it.
            return conversation.waits.of(Side.SELLER) is not None
        case Rule.OVERDUE_UNACKNOWLEDGED:
            return conversation.waits.of(Side.SELLER) is not None and conversation.agent_id is None
        case Rule.BUYER_STILL_WAITS:
            return conversation.waits.unanswered
        case Rule.OWED_BY_SELLER:
            return act.overdue is not None and act.overdue.owed_by is Side.SELLER
        case Rule.POLICY_ESCALATES:
            return act.overdue is not None and act.overdue.escalates
        case Rule.NO_WAIT_MOVED:
            return act.overdue is not None and conversation.waits.moved_at <= act.overdue.as_of
        case Rule.HANDLER_IS_SUPPORT:
            return conversation.handler is Side.SUPPORT
        case Rule.OTHER_AGENT_HAS_IT:
            return conversation.agent_id not in (None, act.by.id)
        case Rule.ESCALATED_BY_OVERDUE:
            return conversation.escalation is EscalationReason.OVERDUE
        case Rule.CLOSE_ASKED:
            return act.closing
        case _:
            raise ValueError(f"{rule} is not a condition between two cells")


def _check(rule: Rule, conversation: Standing, act: Act) -> None:
    match rule:
        case Rule.REFUND_REQUIRED:
            if act.refund_only and conversation.category is Category.POST_PURCHASE:
                raise no.RefundRequired
        case Rule.MAY_WAIVE:
            _check_waiver(conversation, act)
        case Rule.BUYER_SEES_IT:
            if not conversation.buyer_sees:
                raise no.NothingOwed
        case Rule.POST_PURCHASE:
            if conversation.category is not Category.POST_PURCHASE:
                raise no.WrongCategory
        case Rule.WITHIN_14_DAYS:
            rating = conversation.rating
            if rating and not rating.still_changeable(conversation.since, act.at):
                raise no.RatedForGood
        case _:
            pass  # the contact window was checked before; the others say how the command is carried out


def _check_waiver(conversation: Standing, act: Act) -> None:
    """(9) Only while a wait runs, after an answer of the own side, and at or before due."""
    side = act.by.role.side
    wait = conversation.waits.of(side) if side else None
    if wait is None:
        raise no.NothingOwed
    if side not in conversation.answered:
        raise no.AnswerFirst
    if wait.due is None:
        raise no.WaitUnknown
    if act.at > wait.due:
        raise no.Overdue
