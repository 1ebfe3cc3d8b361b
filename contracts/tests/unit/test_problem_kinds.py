"""The catalogue of problems is whole, in every declared language."""

from typing import get_args

import pytest
from parley_contracts import problems as kinds
from parley_contracts.problem_page import page
from parley_contracts.problem_remedies import REMEDIES
from parley_contracts.problems import CATALOGUE, ProblemKind


def test_the_catalogue_holds_every_problem_that_is_promised() -> None:
    promised = {
        401: "sign-in-needed token-expired token-invalid",
        403: "role-not-allowed account-required contact-window-closed own-shop",
        404: "not-found",
        409: "closed final not-closed with-support not-with-support already-acknowledged nothing-owed overdue answer-first refund-required "
        "wrong-category ticket-already-open request-running",
        410: "link-expired erased",
        412: "changed-meanwhile",
        413: "too-large",
        415: "media-type",
        422: "invalid key-reused topic-reserved content-refused",
        428: "if-match-needed",
        429: "too-many",
        503: "unknown-outcome",
    }

    for status, names in promised.items():
        for name in names.split():
            assert CATALOGUE[name].status == status
            assert CATALOGUE[name].type == f"/problems/{name}"


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.name)
def test_every_problem_has_a_title_in_each_declared_language_and_says_whether_to_retry(kind: ProblemKind) -> None:
    assert {language for language in kinds.LANGUAGES if kind.titles.get(language)} == set(kinds.LANGUAGES)
    assert kind.retry in get_args(kinds.Retry)
    assert (kind.retry_after is not None) == (kind.retry == "later" or kind.status == 503 or kind is kinds.REQUEST_RUNNING)


def test_every_problem_says_what_to_do_and_nothing_is_said_of_others() -> None:
    assert REMEDIES.keys() == CATALOGUE.keys()
    assert {kind.name for kind in CATALOGUE.values() if not kind.remedy.endswith(".")} == set()


def test_the_page_has_one_row_for_each_problem() -> None:
    rows = [line for line in page(CATALOGUE.values()).splitlines() if line.startswith("| `") and line.count("|") == 6]

    assert [row.split("`")[1] for row in rows] == list(CATALOGUE)
    assert "| `request-running` | 409 | The same request is still running. | same-key (1 s) | Wait" in page([kinds.REQUEST_RUNNING])
