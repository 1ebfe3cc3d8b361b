"""The id of a new cluster is one that Kafka's own tool can read."""

import uuid

import pytest
from parley_local.kafka import cluster_id


@pytest.mark.parametrize("byte", range(0xF8, 0xFC))
def test_a_new_clusters_id_never_looks_like_an_option(monkeypatch: pytest.MonkeyPatch, byte: int) -> None:
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=bytes([byte] * 16)))

    assert cluster_id([]).startswith("c")
    assert len(cluster_id([])) == 22
