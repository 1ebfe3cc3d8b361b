"""When servers are left alone."""

from notifier.domain.limits import Breaker, Hosts


def broken(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(5):
        breaker.failed(now)
    return breaker


def test_a_server_that_answers_gets_all_there_is() -> None:
    assert Breaker().allowed(0.0, 8) == 8


def test_after_five_failures_within_half_a_minute_only_probes_go_out() -> None:
    breaker = broken()

    assert (breaker.open, breaker.allowed(29.0, 8), breaker.wait(29.0)) == (True, 0, 1.0)
    assert breaker.allowed(30.0, 8) == 1
    breaker.probing(30.0)
    assert breaker.allowed(31.0, 8) == 0
    assert breaker.allowed(60.0, 8) == 1


def test_failures_that_are_far_apart_open_nothing() -> None:
    breaker = Breaker()
    for n in range(20):
        breaker.failed(n * 10.0)

    assert not breaker.open


def test_one_answer_closes_it() -> None:
    breaker = broken()
    breaker.answered()

    assert (breaker.open, breaker.allowed(1.0, 8), breaker.wait(1.0)) == (False, 8, None)


def test_further_failures_do_not_put_the_probe_off() -> None:
    breaker = broken()
    breaker.failed(20.0)

    assert breaker.allowed(30.0, 8) == 1


def test_a_host_that_asked_for_a_rest_gets_a_minute() -> None:
    hosts = Hosts()
    hosts.rest("people.example", 0.0)

    assert hosts.resting(59.0) == {"people.example": 1.0}
    assert hosts.resting(60.0) == {}
