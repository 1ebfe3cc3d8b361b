"""Several drills are told as one table, and added up."""

from parley_drill.checks.figures import figures
from parley_drill.evidence import Evidence
from parley_drill.series import Report, told


def report(seed: int, operations: int, *kinds: str) -> Report:
    evidence = Evidence(
        plan={"seeds": [seed], "brokers": 1, "members": 1},
        history=[{"outcome": "ok", "kind": "read"}] * operations,
        faults=[{"kind": kind, "target": "it", "began": 1.0, "ended": 2.0, "count": 7} for kind in kinds],
    )
    return {"verdict": "kept", "figures": {**figures(evidence), "broken": {"I1 lost": 0}}}


def test_each_drill_has_its_row_and_all_have_sums() -> None:
    text = told([report(1, 20, "mail", "broker-kill"), report(2, 1_000, "process-kill", "process-kill")])

    assert "| 1 | 1 | 1 | 2 | 14 | 20 |" in text
    assert "| 2 | 1 | 1 | 2 | 14 | 1000 |" in text
    assert "- operations: 1,020" in text
    assert "- faults: broker-kill 1, mail 1, process-kill 2" in text
    assert "- faults of processes, brokers and databases: 3" in text
    assert "- broken: I1 lost 0" in text
