"""Who is told what: every cell of the table, and every combination that has no row."""

from itertools import product

import pytest
from notifier.domain.table import TABLE, Cell, Condition, Row, To, _by_event, told
from notifier.domain.words import Audience, Author, Kind, Notice

# The table as people wrote it. "mail": always; "h": if that side is the handler; "its own": only the person that it is about.
# Columns: buyer, seller, support, on-call, the copy of what a seller causes to be mailed to a buyer.
WRITTEN = """
opened            | -                                                  | buyer           | mail    | h       | -    | - | -
replied           | public                                             | buyer           | -       | h       | h    | - | -
replied           | public                                             | seller          | mail    | -       | h    | - | mail
replied           | public                                             | support         | mail    | mail    | -    | - | -
replied           | closing                                            | seller          | mail    | -       | h    | - | mail
replied           | closing                                            | support         | mail    | mail    | -    | - | -
replied           | backstage                                          | seller          | -       | -       | h    | - | -
replied           | backstage                                          | support         | -       | mail    | -    | - | -
replied           | internal                                           | *               | -       | -       | -    | - | -
closed            | with_reply refunded no_response_needed erased      | *               | -       | -       | -    | - | -
closed            | by_buyer                                           | *               | -       | -       | -    | - | -
closed            | without_reply final other                          | seller          | mail    | -       | -    | - | mail
closed            | without_reply final other                          | support         | mail    | -       | -    | - | -
reopened          | -                                                  | buyer           | -       | h       | h    | - | -
reopened          | -                                                  | seller          | mail    | -       | -    | - | mail
reopened          | -                                                  | support         | mail    | mail    | -    | - | -
escalated         | overdue                                            | *               | mail    | mail    | mail | - | -
escalated         | appeal                                             | *               | mail    | -       | mail | - | mail
escalated         | support                                            | *               | -       | mail    | -    | - | -
escalated         | routing                                            | *               | -       | -       | mail | - | -
handed_back       | support                                            | *               | -       | mail    | -    | - | -
handed_back       | seller_answered retracted                          | *               | -       | -       | -    | - | -
acknowledged      | -                                                  | *               | -       | -       | -    | - | -
waived            | -                                                  | *               | -       | -       | -    | - | -
message_removed   | buyer                                              | *               | its own | -       | -    | - | -
message_removed   | seller                                             | *               | -       | its own | -    | - | -
message_removed   | support                                            | *               | -       | -       | -    | - | -
note_added        | to_customer                                        | seller          | mail    | -       | -    | - | mail
note_added        | private                                            | *               | -       | -       | -    | - | -
refunded          | -                                                  | seller          | mail    | -       | -    | - | mail
refunded          | -                                                  | support         | mail    | mail    | -    | - | -
flagged           | -                                                  | *               | -       | -       | -    | - | -
rated             | -                                                  | *               | -       | -       | -    | - | -
assigned          | seller                                             | *               | -       | its own | -    | - | -
assigned          | support                                            | *               | -       | -       | its own | - | -
link_requested    | buyer                                              | *               | its own | -       | -    | - | -
link_requested    | seller                                             | *               | -       | its own | -    | - | -
link_requested    | support                                            | *               | -       | -       | -    | - | -
due_soon          | seller                                             | *               | -       | mail    | -    | - | -
due_soon          | support                                            | *               | -       | -       | mail | - | -
overdue           | seller_escalates                                   | *               | -       | -       | -    | - | -
overdue           | seller_stays                                       | *               | -       | mail    | -    | - | -
overdue           | support                                            | *               | -       | -       | mail | mail | -
retracted         | seller support                                     | *               | -       | mail    | mail | - | -
expected          | seller support                                     | *               | -       | -       | -    | - | -
settled           | seller support                                     | *               | -       | -       | -    | - | -
health_changed    | normal attention other                             | *               | -       | mail    | -    | - | -
health_changed    | at_risk                                            | *               | -       | mail    | mail | - | -
"""

Event = tuple[Kind, str, Author]


def written() -> dict[Event, dict[Audience, str]]:
    cells: dict[Event, dict[Audience, str]] = {}
    for line in WRITTEN.strip().splitlines():
        kind, variants, authors, *columns = (column.strip() for column in line.split("|"))
        for variant in variants.split():
            for author in tuple(Author) if authors == "*" else map(Author, authors.split()):
                cells[Kind(kind), "" if variant == "-" else variant, author] = dict(zip(Audience, columns, strict=True))
    return cells


CELLS = written()
VARIANTS = sorted({(kind, variant) for kind, variant, _ in CELLS} | {(kind, "something new") for kind in Kind})
HANDLERS = (None, Audience.SELLER, Audience.SUPPORT)


@pytest.mark.parametrize(("kind", "variant"), VARIANTS, ids=lambda value: str(value) or "-")
def test_every_cell_is_as_written(kind: Kind, variant: str) -> None:
    for author, handler, audience in product(Author, HANDLERS, Audience):
        cell = CELLS.get((kind, variant, author), {}).get(audience, "-") if author is not Author.AUTOMATIC else "-"
        expected = cell in ("mail", "its own") or (cell == "h" and audience is handler)

        found = told(kind, variant, author, handler).get(audience)

        assert (found is not None) is expected, (kind, variant, author, handler, audience)
        assert found is None or (found.to is To.CONCERNED) is (cell == "its own")
        assert found is None or (found.condition is Condition.HANDLER) is (cell == "h")


VISITED = len(VARIANTS) * len(Author) * len(HANDLERS) * len(Audience)


@pytest.mark.parametrize("cells", [CELLS], ids=[f"{VISITED} cells of table 3"])
def test_every_kind_of_event_is_in_the_table_as_written(cells: dict[Event, dict[Audience, str]]) -> None:
    assert {kind for kind, _, _ in cells} == set(Kind)


def test_every_notice_is_told_to_somebody() -> None:
    assert {cell.notice for row in TABLE for cell in row.cells.values()} == set(Notice)


def test_two_rows_about_the_same_event_are_refused() -> None:
    row = Row(Kind.OPENED, ("",), (Author.BUYER,), {Audience.BUYER: Cell(Notice.RECEIPT)})

    with pytest.raises(ValueError, match="two rows tell of"):
        _by_event((row, row))


def test_only_a_receipt_and_a_new_link_come_to_their_own_author() -> None:
    assert {notice for notice in Notice if notice.to_its_author} == {Notice.RECEIPT, Notice.NEW_LINK}


def test_what_a_shop_left_behind_is_told_in_one_mail_and_what_a_buyer_asks_in_its_own() -> None:
    notices = {author: told(Kind.ESCALATED, "routing", author, None)[Audience.SUPPORT].notice for author in (Author.SYSTEM, Author.BUYER)}

    assert notices == {Author.SYSTEM: Notice.SHOPS_GONE, Author.BUYER: Notice.SUPPORT_NEEDED}
