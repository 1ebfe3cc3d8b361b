"""Metrics have names that can be read and labels that name nobody."""

import pytest
from parley_chassis import http, telemetry
from prometheus_client.parser import text_string_to_metric_families


@pytest.mark.parametrize("label", ["conversation_id", "party", "email", "path", "subject", "user", "url"])
def test_a_label_that_could_name_somebody_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=f"{label} is no label of ours; take one of "):
        telemetry.gauge("parley_planted", "A planted metric", [label])


@pytest.mark.parametrize("name", ["requests", "parley_Requests", "parley-requests", "parley_", "other_requests"])
def test_a_name_that_is_not_ours_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="parley_<what>_<unit>"):
        telemetry.gauge(name, "A planted metric")


def test_a_name_says_its_unit() -> None:
    with pytest.raises(ValueError, match="end its name in _total"):
        telemetry.counter("parley_planted", "A planted metric")
    with pytest.raises(ValueError, match="end its name in its unit"):
        telemetry.histogram("parley_planted_milliseconds", "A planted metric")


def test_the_exposition_is_what_prometheus_reads() -> None:
    http.REQUESTS.labels("GET", "/v1/trains/{train_id}", 200).inc()

    families = {family.name: family for family in text_string_to_metric_families(telemetry.exposition().decode())}

    assert {"parley_http_requests", "parley_http_request_seconds", "process_resident_memory_bytes"} <= families.keys()
    assert not [name for name in families if name.endswith("_created")]


def test_no_metric_of_the_chassis_has_a_label_that_is_not_listed() -> None:
    for family in telemetry.REGISTRY.collect():
        if family.name.startswith("parley_"):
            assert {label for sample in family.samples for label in sample.labels} <= telemetry.LABELS | {"le"}
