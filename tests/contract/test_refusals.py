"""Whatever a rule refuses has a problem of the catalogue in the service that may refuse it."""

from collections.abc import Iterator
from pathlib import Path

import inquiries.domain.refusals
import pytest
import ticketing.domain.refusals
from parley_contracts.problems import CATALOGUE, ProblemKind
from parley_conversation.domain.refusals import Refusal
from parley_openapi.apps import app_of

OF = {"ticketing": ticketing.domain.refusals, "inquiries": inquiries.domain.refusals}


def leaves(of: type[Refusal]) -> Iterator[type[Refusal]]:
    """The refusals that are raised; the others group them."""
    for each in of.__subclasses__():
        if each.__subclasses__():
            yield from leaves(each)
        else:
            yield each


@pytest.mark.parametrize("service", OF)
def test_every_refusal_becomes_a_problem(service: str, tmp_path: Path) -> None:
    known = app_of(service, tmp_path).state.problems
    may = [each for each in leaves(Refusal) if each.__module__ in ("parley_conversation.domain.refusals", OF[service].__name__)]

    becomes = {each: next((known[ancestor] for ancestor in each.__mro__ if ancestor in known), None) for each in may}

    assert len(may) > 20
    assert [each for each, kind in becomes.items() if kind is None] == []
    assert [kind for kind in becomes.values() if isinstance(kind, ProblemKind) and CATALOGUE.get(kind.name) is not kind] == []
