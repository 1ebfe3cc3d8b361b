"""A conversation between a buyer and a seller, and the commands that it obeys."""

from dataclasses import dataclass, replace

from parley_conversation.domain import facts
from parley_conversation.domain.cells import Command, Go, Target
from parley_conversation.domain.messages import Message
from parley_conversation.domain.refusals import MessageNeeded, ReasonNeeded
from parley_conversation.domain.rules import Act, decide
from parley_conversation.domain.standing import About, Standing
from parley_conversation.domain.turn import Told, Turn
from parley_conversation.domain.waits import Expected
from parley_conversation.domain.words import (
    Category,
    ClosedBecause,
    CloseReason,
    EscalationReason,
    HandBackReason,
    Kind,
    RemovedBecause,
    Role,
    Side,
    State,
    Visibility,
    WaivedBecause,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation(Standing):
    """A ticket or an inquiry. Every command returns the new state and the facts, or raises the refusal."""

    @classmethod
    def open(
        cls,
        id: str,
        message: Message,
        act: Act,
        *,
        kind: Kind,
        category: Category,
        problem_type: str,
        market: str,
        seller_id: str,
        about: About,
        language: str,
        routed_to_support: bool = False,
        after: int = 0,
    ) -> Told:
        """The buyer asks. Routed to support: support owes the first answer and the seller sees nothing.

        ``after`` is the last sequence of one that was removed under this id.
        """
        turn = Turn(
            cls(
                id=id,
                kind=kind,
                category=category,
                problem_type=problem_type,
                market=market,
                buyer=act.by,
                seller_id=seller_id,
                about=about,
                language=language,
                opened_at=act.at,
                first_event_id=act.ids[0],
                since=act.at,
                changed_at=act.at,
                sequence=after,
                handler=Side.SUPPORT if routed_to_support else Side.SELLER,
                routed_only=routed_to_support,
                buyer_wrote_at=act.at,
            ),
            act,
        )
        turn.asked(facts.Opened(message), Target.H)
        if routed_to_support:
            turn.escalated(EscalationReason.ROUTING)
        return turn.told()

    def reply(self, message: Message, act: Act) -> Told:
        turn, to = self._begin(Command.REPLY, act)
        if act.by.role.asks:
            closed = self.state is State.CLOSED
            turn.asked(facts.Reopened(message) if closed else facts.Replied(message), to)
        else:
            self._answer(turn, facts.Replied(act.judged(message)), to)
        return turn.told()

    def reply_and_close(self, message: Message, act: Act) -> Told:
        turn, _ = self._begin(Command.REPLY_AND_CLOSE, act)
        self._answer(turn, facts.Replied(act.judged(message), closing=True), Target.B)
        turn.closed(CloseReason.WITH_REPLY)
        return turn.told()

    def note(self, message: Message, act: Act) -> Told:
        """A message that the buyer never reads: backstage, or inside one side."""
        turn, _ = self._begin(Command.NOTE, act)
        turn.noted(facts.Replied(message))
        return turn.told()

    def add_order_note(self, message: Message, act: Act) -> Told:
        """The seller writes on the order: publicly to the buyer, which is an answer, or for the own side alone."""
        if message.visibility is Visibility.PUBLIC:
            turn, to = self._begin(Command.ORDER_NOTE_TO_CUSTOMER, act)
            self._answer(turn, facts.OrderNoteAdded(act.judged(message)), to)
        else:
            turn, _ = self._begin(Command.PRIVATE_ORDER_NOTE, act)
            turn.noted(facts.OrderNoteAdded(message))
        return turn.told()

    def close(self, because: ClosedBecause | None, act: Act) -> Told:
        """The buyer needs no reason. What is closed already stays as it is."""
        go = decide(Command.CLOSE, self, act)
        if not isinstance(go, Go):
            return self, ()
        if because is None and not act.by.role.asks:
            raise ReasonNeeded
        turn = Turn(self, act, go)
        turn.closed(CloseReason.BY_BUYER if act.by.role.asks else CloseReason.WITHOUT_REPLY, because)
        return turn.told()

    def reopen(self, message: Message | None, act: Act) -> Told:
        turn, to = self._begin(Command.REOPEN, act)
        if act.by.role.asks:
            turn.asked(facts.Reopened(message), to)
        elif message is None:
            raise MessageNeeded
        else:
            turn.answered(facts.Reopened(act.judged(message)), to)
        return turn.told()

    def appeal(self, message: Message, act: Act) -> Told:
        """The seller asks support to take over, and says why, backstage."""
        turn, _ = self._begin(Command.APPEAL, act)
        turn.escalated(EscalationReason.APPEAL, message)
        return turn.told()

    def take_over(self, act: Act) -> Told:
        turn, _ = self._begin(Command.TAKE_OVER, act)
        if self.state is not State.AWAITING_SUPPORT:
            turn.escalated(EscalationReason.SUPPORT)
        turn.acknowledged()
        return turn.told()

    def acknowledge(self, act: Act) -> Told:
        turn, _ = self._begin(Command.ACKNOWLEDGE, act)
        turn.acknowledged()
        return turn.told()

    def hand_back(self, message: Message, act: Act) -> Told:
        """Support returns it to the seller, and says why, backstage."""
        turn, to = self._begin(Command.HAND_BACK, act)
        turn.handed_back(HandBackReason.SUPPORT, to, message)
        return turn.told()

    def waive(self, because: WaivedBecause, act: Act) -> Told:
        """No response needed."""
        turn, _ = self._begin(Command.WAIVE, act)
        turn.waived(because)
        if act.closing:
            turn.closed(CloseReason.NO_RESPONSE_NEEDED)
        return turn.told()

    def refund(self, refund: facts.RefundRecorded, act: Act) -> Told:
        """Give money back for lines of the order, which closes the conversation."""
        turn, _ = self._begin(Command.REFUND, act)
        turn.answered(refund, Target.B)
        turn.closed(CloseReason.REFUNDED)
        return turn.told()

    def rate(self, stars: int, act: Act) -> Told:
        turn, _ = self._begin(Command.RATE, act)
        turn.rated(stars)
        return turn.told()

    def assign(self, party_id: str | None, act: Act) -> Told:
        """Give it to somebody of the acting side, or to nobody in particular."""
        turn, _ = self._begin(Command.ASSIGN, act)
        turn.assigned(party_id)
        return turn.told()

    def finalise(self, because: ClosedBecause, act: Act) -> Told:
        """End it for good. What is final already stays as it is."""
        go = decide(Command.FINALISE, self, act)
        if not isinstance(go, Go):
            return self, ()
        turn = Turn(self, act, go)
        turn.closed(CloseReason.FINAL, because, to=State.FINAL)
        return turn.told()

    def remove(self, message: Message, because: RemovedBecause, act: Act) -> Told:
        """Take a message away. What is gone already stays so."""
        turn, _ = self._begin(Command.REMOVE_MESSAGE, act)
        if message.removed is None:
            turn.removed(message, because)
        return turn.told()

    def erase_buyer(self, act: Act) -> Told:
        """Nobody is left to answer: it ends for good, and nobody reads it any more. What is final already ends no second time."""
        turn, _ = self._begin(Command.BUYER_ERASED, act)
        if self.state is State.FINAL:
            return replace(self, close_reason=CloseReason.ERASED), ()
        turn.closed(CloseReason.ERASED, to=State.FINAL)
        return turn.told()

    def erase_seller(self, act: Act) -> Told:
        """The shop is gone: support owes whatever answer is or will be owed. What support has or what is final stays as it is."""
        turn, to = self._begin(Command.SELLER_ERASED, act)
        if self.state not in (State.AWAITING_SUPPORT, State.FINAL):
            turn.escalated(EscalationReason.ROUTING, to=turn.resolve(to))
        return turn.told()

    def request_link(self, act: Act) -> Told:
        turn, _ = self._begin(Command.NEW_LINK, act)
        turn.link_requested()
        return turn.told()

    def escalate_overdue(self, act: Act) -> Told:
        """The clock proved that the seller is late; only called where the table says that it is carried out."""
        turn, _ = self._begin(Command.RESPONSE_OVERDUE, act)
        turn.escalated(EscalationReason.OVERDUE, cycle_id=act.overdue.cycle_id if act.overdue else None)
        return turn.told()

    def hand_back_retracted(self, act: Act) -> Told:
        """The clock took an overdue fact back; only called where the table says that it is carried out."""
        turn, to = self._begin(Command.OVERDUE_RETRACTED, act)
        turn.handed_back(HandBackReason.RETRACTED, to)
        return turn.told()

    def expect(self, expected: Expected) -> "Conversation":
        """The clock says until when an answer is expected. Nothing happened: no fact, no new version."""
        return replace(self, waits=self.waits.announced(expected))

    def _begin(self, command: Command, act: Act) -> tuple[Turn, Target]:
        go = decide(command, self, act)
        if not isinstance(go, Go):
            raise TypeError(f"{command} does nothing here ({go.why}); ask the table first")
        return Turn(self, act, go), go.to

    def _answer(self, turn: Turn, what: facts.Replied | facts.OrderNoteAdded, to: Target) -> None:
        """An answer of the seller's to an overdue wait that nobody of support acknowledged takes the conversation back."""
        takes_back = (
            what.message.author.role is Role.SELLER
            and self.state is State.AWAITING_SUPPORT
            and self.waits.of(Side.SELLER) is not None
            and self.agent_id is None
        )
        turn.answered(what, to)
        if takes_back:
            turn.handed_back(HandBackReason.SELLER_ANSWERED, Target.SAME)
