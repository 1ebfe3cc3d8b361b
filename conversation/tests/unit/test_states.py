"""The table in the code is the table that was agreed, cell by cell."""

import re
from pathlib import Path

import pytest
from parley_conversation.domain.cells import Cell, Command, Go, If, Nothing, Refuse, Row, Rule, Target
from parley_conversation.domain.refusals import RoleNotAllowed
from parley_conversation.domain.states import IF_MATCH, TABLE, row
from parley_conversation.domain.words import Role, State

COMMANDS = {
    "open": Command.OPEN,
    "reply": Command.REPLY,
    "reply and close": Command.REPLY_AND_CLOSE,
    "note: backstage, internal": Command.NOTE,
    "close": Command.CLOSE,
    "close, reason needed (11)": Command.CLOSE,
    "reopen": Command.REOPEN,
    "appeal, backstage text needed (11)": Command.APPEAL,
    "take over (11)": Command.TAKE_OVER,
    "`ResponseOverdue` of seller": Command.RESPONSE_OVERDUE,
    "`ResponseOverdueRetracted`": Command.OVERDUE_RETRACTED,
    "acknowledge": Command.ACKNOWLEDGE,
    "hand back, backstage text needed": Command.HAND_BACK,
    "no response needed, reason needed": Command.WAIVE,
    "refund lines (post-purchase; else wrong-category)": Command.REFUND,
    "rate 1 to 5": Command.RATE,
    "order note, private": Command.PRIVATE_ORDER_NOTE,
    "order note to customer (3)": Command.ORDER_NOTE_TO_CUSTOMER,
    "remove message": Command.REMOVE_MESSAGE,
    "assign in own side": Command.ASSIGN,
    "finalise, reason needed": Command.FINALISE,
    "buyer's tombstone": Command.BUYER_ERASED,
    "seller's tombstone": Command.SELLER_ERASED,
    "new link": Command.NEW_LINK,
}
ROLES = {
    "buyer": [Role.BUYER],
    "seller": [Role.SELLER],
    "support": [Role.SUPPORT],
    "system": [Role.SYSTEM],
    "service": [Role.SYSTEM],
    "link holder": [Role.BUYER, Role.SELLER],
}
LETTERS = {
    Target.SAME: "=",
    Target.REMAINING: "",
    **{target: target.name for target in (Target.S, Target.P, Target.B, Target.C, Target.F, Target.H)},
}


def agreed() -> list[tuple[Command, Role, list[str], frozenset[str]]]:
    """The agreed table: command, role, the five cells, and the footnotes that stand at the command or the role."""
    lines = [line for line in Path(__file__).with_name("states.md").read_text().splitlines() if line.startswith("| ")][2:]
    found, last = [], ""
    for line in lines:
        command, roles, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        last = command if command != "the same" else last
        for part in roles.split(";")[0].split(", "):
            name = re.sub(r" \(.*", "", part)
            notes = frozenset(re.findall(r"\d+", "".join(re.findall(r"\(\d+\)", f"{command} {part}"))))
            for role in ROLES.get(name, []):
                found.append((COMMANDS[last], role, cells[:5], notes))
    return found


def told(cell: Cell, of: Row) -> str:
    """A cell of the code in the words of the agreed table."""
    match cell:
        case Refuse(refusal):
            return refusal.word
        case Nothing():
            return {Command.CLOSE: "= no event", Command.FINALISE: "="}.get(of.command, "no-op")
        case Go(to, rules):
            return f"{LETTERS[to]} {' '.join(rules)}".strip() + ("; changeable 14 days" if Rule.WITHIN_14_DAYS in rules else "")
        case If(Rule.OVERDUE_UNANSWERED, then, otherwise):
            return f"{told(then, of)} (1) or {told(otherwise, of)}"
        case If(Rule.OVERDUE_UNACKNOWLEDGED, then, otherwise):
            return f"{told(then, of)} (1), else {told(otherwise, of)}"
        case If(Rule.BUYER_STILL_WAITS, then, otherwise):
            return f"{told(then, of)} (7) or {told(otherwise, of)}"
        case If(Rule.HANDLER_IS_SUPPORT, then, otherwise):
            return f"{told(then, of).partition(';')[0]} if handler is support, else {told(otherwise, of)}"
        case If(Rule.OTHER_AGENT_HAS_IT, then, otherwise):
            return f"{told(otherwise, of)}; other agent: {told(then, of)}"
        case If(Rule.CLOSE_ASKED, then, otherwise):
            return f"{told(otherwise, of)}; {told(then, of)} if asked"
        case If(Rule.ESCALATED_BY_OVERDUE, then, _):
            return told(then, of).replace("=", "=, handler seller") + ", if by overdue"
        case If(Rule.OWED_BY_SELLER, If(Rule.POLICY_ESCALATES, If(Rule.NO_WAIT_MOVED, then, _), _), _):
            return f"{told(then, of)} (8)"
        case If(Rule.ROUTED_TO_SUPPORT, then, otherwise):
            return f"new: {told(otherwise, of)}, or {told(then, of)} by routing"
        case _:
            raise AssertionError(f"{cell} has no words")


def words_and_notes(text: str) -> tuple[str, frozenset[str]]:
    numbers = re.findall(r"\((\d+(?:,\d+)*)\)", text)
    plain = re.sub(r"\([^)]*\)|within 14 days", "", text)
    plain = re.sub(r"\s+", " ", re.sub(r"\s+([,;])", r"\1", plain)).strip()
    return plain, frozenset(",".join(numbers).split(",")) - {""}


@pytest.mark.parametrize(("command", "role", "cells", "notes"), agreed(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_cell_is_the_agreed_one(command: Command, role: Role, cells: list[str], notes: frozenset[str]) -> None:
    found = row(command, role)
    if command is Command.OPEN:
        assert found.new is not None
        assert told(found.new, found) == cells[0]
        return
    for state, text in zip(State, cells, strict=True):
        cell = found.cells[state]
        row_rules = " ".join(rule for rule in found.rules if rule.startswith("(")) if isinstance(cell, Go | If) else ""
        words, numbers = words_and_notes(text.replace("as reply", "B (1) or P (2)"))
        refused = isinstance(cell, Refuse | Nothing)
        agreed_cell = (words, numbers if refused else numbers | notes)
        assert words_and_notes(f"{told(cell, found)} {row_rules}") == agreed_cell, f"{command} of {role} in {state}"


def test_every_agreed_row_is_in_the_table_and_no_other() -> None:
    assert sorted((command, role) for command, role, _, _ in agreed()) == sorted(
        (each.command, role) for each in TABLE for role in each.roles
    )


def test_every_command_has_a_row() -> None:
    assert {each.command for each in TABLE} == set(Command)


WITHOUT_A_ROW = [
    (command, role)
    for command in Command
    for role in Role
    if role is not Role.GUEST and not any(each.command is command and role in each.roles for each in TABLE)
]


@pytest.mark.parametrize(("command", "role"), WITHOUT_A_ROW)
def test_a_role_without_a_row_may_not(command: Command, role: Role) -> None:
    with pytest.raises(RoleNotAllowed):
        row(command, role)


def test_a_guest_may_what_a_buyer_may() -> None:
    assert all(row(each.command, Role.GUEST) is each for each in TABLE if Role.BUYER in each.roles)


def test_what_can_close_reopen_waive_refund_or_hand_back_needs_the_version_that_was_read() -> None:
    closing = {each.command for each in TABLE if each.roles != (Role.SYSTEM,) and "Closed" in (*each.tells, *_told_by(each))}
    reopening_and_more = {Command.REOPEN, Command.WAIVE, Command.REFUND, Command.HAND_BACK}

    assert closing | reopening_and_more == IF_MATCH | {Command.CLOSE}
    assert not IF_MATCH & {Command.REPLY, Command.NOTE, Command.APPEAL, Command.RATE}


def _told_by(found: Row) -> set[str]:
    return {fact for cell in found.cells.values() if isinstance(cell, Go) for fact in cell.tells or ()}
