"""A request for tickets as the use case takes it: what pages and the HTTP interface share."""

from collections.abc import Sequence

from parley_conversation.domain.people import Person
from uuid_utils import uuid7

from ticketing.domain.problems import ProblemType
from ticketing.use_cases.opening import Ids, Opening

MOST_LINES = 100
"""Of one order, in one request."""


def opening_of(
    person: Person,
    cause: str,
    *,
    order_id: str,
    line_ids: Sequence[str],
    problem_type: ProblemType,
    text: str,
    attachments: Sequence[str] = (),
) -> Opening:
    """With ids for as many tickets as there may be."""
    return Opening(
        person=person,
        cause=cause,
        ids=tuple(Ids(ticket=str(uuid7()), message=str(uuid7()), events=(str(uuid7()), str(uuid7()))) for _ in line_ids),
        order_id=order_id,
        line_ids=tuple(line_ids),
        problem_type=problem_type,
        text=text,
        attachments=tuple(attachments),
    )
