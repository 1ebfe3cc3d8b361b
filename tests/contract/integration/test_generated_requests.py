"""Whatever somebody sends, each API answers as its document says, and each refusal is a problem of the catalogue."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from parley_contracts.problems import CATALOGUE
from parley_openapi.__main__ import file_of
from parley_openapi.apps import SETTINGS
from parley_openapi.world import EVERYBODY, NOBODY, Headers, World
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import CheckFunction
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
)

RIGHT, WRONG = 12, 6
"""Requests for each operation without and with a mistake."""

CHECKS: list[CheckFunction] = [content_type_conformance, response_headers_conformance, response_schema_conformance]
KINDS = {kind.type: kind for kind in CATALOGUE.values()}

UNSAID = {"cursor", "expired", "extra", "id", "invalid", "json_invalid", "lines", "missing", "too_short", "value", "value_error"}
"""The types of faults that no schema tells of: rules about more than one field, about what is known, about signatures and lines;
a list whose every part has one is too short, too."""

NEVER_WRONG = "/schemas/{type}.json"
"""Every word can be the name of a type."""

FAITHFUL = {"content-type", "etag", "location"}
"""Headers that a repeated request gets again."""

Tally = Counter[tuple[str, str]]


def operations() -> Iterator[Any]:
    """Each operation of each service; what all services share is asked of one after the other."""
    found: dict[tuple[str, str], list[str]] = {}
    for service in SETTINGS:
        for path, item in json.loads(file_of(service).read_text("utf-8"))["paths"].items():
            for method in item:
                found.setdefault((method, path), []).append(service)
    turns = cycle(SETTINGS)
    for (method, path), of in found.items():
        service = next(turns) if len(of) == len(SETTINGS) else of[0]
        yield pytest.param(service, method, path, id=f"{service} {method.upper()} {path}")


def generated(strategy: st.SearchStrategy[Any], examples: int, **more: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """The same requests each time, and no more of them where one fails."""
    alike = {"derandomize": True, "database": None, "phases": [Phase.generate], "deadline": None}
    how = settings(max_examples=examples, suppress_health_check=list(HealthCheck), **alike)
    return lambda ask: how(given(case=strategy, choose=st.data(), **more)(ask))


@pytest.mark.parametrize(("service", "method", "path"), list(operations()))
def test_every_answer_is_one_of_the_document(
    open_world: Callable[[str], World], tally: Tally, service: str, method: str, path: str
) -> None:
    world = open_world(service)
    operation = world.schema[path][method]
    needs_sign_in = {} not in operation.definition.raw.get("security", [{}])

    @generated(operation.as_strategy(GenerationMode.POSITIVE), RIGHT, who=st.sampled_from([EVERYBODY] * 8 + list(world.people)))
    def ask(case: Case[Any], who: str, choose: st.DataObject) -> None:
        name_what_exists(case, world, choose)
        headers = {**world.headers_of(who), "idempotency-key": os.urandom(6).hex()}
        answer = answer_of(case, headers, world, tally)
        assert answer.status_code == 401 or who != NOBODY or not needs_sign_in
        if answer.status_code == 422:
            assert {fault["type"] for fault in answer.json().get("errors", ())} <= UNSAID, "the document says that this is right"
        if method == "post" and answer.status_code < 300:
            assert said(case.call(session=world.client, headers=headers)) == said(answer), "the same request with the same key"

    ask()


@pytest.mark.parametrize(("service", "method", "path"), list(operations()))
def test_what_the_document_does_not_allow_is_refused(
    open_world: Callable[[str], World], tally: Tally, service: str, method: str, path: str
) -> None:
    world = open_world(service)
    operation = world.schema[path][method]
    if path == NEVER_WRONG or not (list(operation.iter_parameters()) or operation.body):
        return

    @generated(operation.as_strategy(GenerationMode.NEGATIVE), WRONG)
    def ask(case: Case[Any], choose: st.DataObject) -> None:
        name_what_exists(case, world, choose)
        # What is judged is what is sent: a sign-in that the mistake left out is there, and unknown parameters alone are no mistake.
        case.headers = {**(case.headers or {}), **{name.title(): value for name, value in world.headers_of(EVERYBODY).items()}}
        answer = answer_of(case, {}, world, tally)
        if answer.status_code < 400 and is_sent_as_said(case):
            case.validate_response(answer, checks=[negative_data_rejection])

    ask()


def is_sent_as_said(case: Case[Any]) -> bool:
    """Whether each parameter goes out as one value. A list or an object goes out as repeats of its name, of which the last one counts."""
    return not any(isinstance(value, list | Mapping) for name, value in (case.query or {}).items() if case.operation.query.get(name))


def name_what_exists(case: Case[Any], world: World, choose: st.DataObject) -> None:
    """Mostly: a request about nothing is refused at the door. A mistake stays as it is."""
    places = {
        ParameterLocation.PATH: case.path_parameters,
        ParameterLocation.QUERY: case.query,
        ParameterLocation.HEADER: case.headers,
        ParameterLocation.BODY: case.body,
    }
    for place, values in places.items():
        part = case.meta.components.get(place) if case.meta else None
        if part is None or not part.mode.is_positive or not isinstance(values, Mapping):
            continue
        for name in list(values):
            if known := world.known_in(case).get(str(name).lower()):
                values[name] = choose.draw(st.sampled_from([*known, values[name]]), label=str(name))  # type: ignore[index]


def answer_of(case: Case[Any], headers: Headers, world: World, tally: Tally) -> Response:
    """Its status, its type, its headers and its shape are documented; a refusal says what it is, and nothing of ours breaks."""
    answer = case.call(session=world.client, headers=dict(headers))
    tally[f"Generated requests to {world.service}", f"answered {answer.status_code // 100}xx"] += 1
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code < 400:
        assert str(answer.status_code) in case.operation.responses.status_codes
        return answer
    told = answer.json()
    kind = KINDS[told["type"]]
    assert (told["status"], told["retry"]) == (kind.status, kind.retry)
    # One command alone is refused until more is known: whether the wait that it would end is over.
    assert answer.status_code < 500 or case.path.endswith("/no-response-needed"), told
    return answer


def said(answer: Response) -> tuple[int, Any, dict[str, Any]]:
    """What an answer says to its client."""
    return answer.status_code, answer.content, {name: value for name, value in answer.headers.items() if name in FAITHFUL}
