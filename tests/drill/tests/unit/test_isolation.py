"""What the drill of isolation makes of histories that were doctored, in both directions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import pytest
from parley_drill.checks.clock import OVERDUE
from parley_drill.evidence import Evidence
from parley_drill.isolation.judging import BROKEN, KEPT, NOISE, NOT_MEASURED, Compared, compare, compared, judged
from parley_drill.isolation.rounds import CALM, DOMAIN_DOWN, NOISY, SMTP_DOWN
from parley_drill.isolation.samples import COMMANDS, DETECTION, LOOKS, MAIL, Sample, Window
from parley_drill.marketplace import DRILL, QUIET, Market
from parley_drill.world import BEGAN, World

LONG = 20.0
TICKET = "0199aaaa-0000-7000-8000-00000000000{}"


def row(*kinds: str) -> list[Window]:
    """One window after another."""
    return [Window(kind, place * LONG, (place + 1) * LONG) for place, kind in enumerate(kinds)]


THREE_ROUNDS = row(*(CALM, NOISY, CALM, SMTP_DOWN) * 3, CALM)
STEADY = (0.010,) * 7


def history(noisy: Sequence[float], calm: Sequence[float] = STEADY, *, market: Market = QUIET, status: int = 200) -> list[dict[str, Any]]:
    """Ten looks in each window, each of which took as long as is said of its window; ``status`` is what noisy ones are answered."""
    took = {NOISY: iter(noisy), CALM: iter(calm)}
    return [
        {"kind": "read", "market": market.id, "status": status if window.kind == NOISY else 200, "began": began, "at": began + seconds}
        for window in THREE_ROUNDS
        for seconds in (next(took[window.kind], 0.0) if window.kind in took else 0.010,)
        for began in (window.began + each for each in range(10))
    ]


def judged_looks(lines: list[dict[str, Any]]) -> Compared:
    return compare(NOISY, THREE_ROUNDS, LOOKS, list(LOOKS.samples(Evidence(history=lines))))


def test_trouble_that_slows_a_neighbour_is_found() -> None:
    found = judged_looks(history((0.014, 0.013, 0.014)))

    assert found.word == BROKEN
    assert found.ratio == pytest.approx(1.4)
    assert found.told()["p50"] == 14.0


def test_a_fifth_is_allowed() -> None:
    assert judged_looks(history((0.0119, 0.0119, 0.0119))).word == KEPT


def test_what_calm_windows_differ_among_themselves_is_no_finding() -> None:
    found = judged_looks(history((0.020, 0.020, 0.020), (0.010, 0.020, 0.010, 0.020, 0.010, 0.020, 0.010)))

    assert found.ratio > 1.2
    assert found.difference < found.noise
    assert found.word == NOISE


def test_one_busy_window_of_trouble_decides_nothing() -> None:
    assert judged_looks(history((0.010, 0.090, 0.010))).word == KEPT


def test_one_busy_calm_window_hides_nothing() -> None:
    assert judged_looks(history((0.015, 0.015, 0.015), (0.010, 0.010, 0.010, 0.090, 0.010, 0.010, 0.010))).word == BROKEN


def test_requests_that_nobody_answered_took_without_end() -> None:
    assert judged_looks(history((0.010, 0.010, 0.010), status=503)).word == BROKEN


def test_what_others_see_is_not_counted() -> None:
    theirs = history((0.900, 0.900, 0.900), market=DRILL)

    assert judged_looks(history((0.010, 0.010, 0.010)) + theirs).word == KEPT


def test_few_samples_measure_nothing() -> None:
    samples = [Sample(window.began + each, 0.01) for window in THREE_ROUNDS for each in range(3)]

    assert compare(NOISY, THREE_ROUNDS, LOOKS, samples).word == NOT_MEASURED


def test_a_window_is_chosen_by_the_beginning_alone() -> None:
    (window,) = row(CALM)

    assert DETECTION.within(Sample(LONG - 12.5, 60.0), window), "a slow one is not left out"
    assert not DETECTION.within(Sample(LONG - 11.5, 0.1), window), "a quick one so near the change is"
    assert not DETECTION.within(Sample(-0.1, 0.1), window)


@pytest.mark.parametrize(("told_after", "counted"), [(11.0, 1.0), (12.0, 2.0)])
def test_a_detection_is_measured_without_the_grace(told_after: float, counted: float) -> None:
    world = World(QUIET)
    world.opened(TICKET.format(1), 0)
    world.watermark(7)
    due = BEGAN.timestamp() + 6
    records = [replace(each, timestamp=due + told_after) if each.type == OVERDUE else each for each in world.evidence().records]

    (sample,) = DETECTION.samples(Evidence(records=records))

    assert (sample.at, sample.seconds) == (due, pytest.approx(counted))


def test_a_late_answer_is_no_detection() -> None:
    world = World(QUIET)
    world.opened(TICKET.format(1), 0)
    world.answered(TICKET.format(1), 8)
    evidence = world.evidence()

    assert len(evidence.of_type(OVERDUE)) == 1
    assert list(DETECTION.samples(evidence)) == []


def test_a_mail_takes_from_the_commit_to_the_acceptance_or_for_ever() -> None:
    world = World(QUIET)
    world.opened(TICKET.format(1), 3)
    evidence = world.evidence()
    committed = BEGAN.timestamp() + 3
    for mail in evidence.mails:
        mail["at"] = committed + 0.5
    assert evidence.mails
    assert {sample.seconds for sample in MAIL.samples(evidence) if sample.at == committed} == {0.5}

    evidence.mails.clear()

    assert {sample.seconds for sample in MAIL.samples(evidence)} == {inf}


def test_mails_are_no_measure_where_no_mail_can_go() -> None:
    measured = compared(Evidence(), THREE_ROUNDS)

    assert (SMTP_DOWN, MAIL.name) not in measured
    assert {(DOMAIN_DOWN, MAIL.name), (SMTP_DOWN, COMMANDS.name), (NOISY, DETECTION.name)} <= measured.keys()


def test_one_broken_measure_breaks_the_promise_and_an_empty_one_leaves_it_open() -> None:
    calm, slow = judged_looks(history((0.010, 0.010, 0.010))), judged_looks(history((0.020, 0.020, 0.020)))
    empty = compare(NOISY, THREE_ROUNDS, LOOKS, [])

    def word(**found: Compared) -> str:
        by_measure: Mapping[tuple[str, str], Compared] = {(NOISY, name): each for name, each in found.items()}
        return judged(by_measure, {}).word

    assert word(looks=calm) == KEPT
    assert word(looks=calm, mail=empty) == NOT_MEASURED
    assert word(looks=slow, mail=empty) == BROKEN
