"""A key is in the same partition for the Java client, aiokafka and us."""

import pytest
from aiokafka.partitioner import DefaultPartitioner  # type: ignore[import-untyped]
from aiokafka.partitioner import murmur2 as murmur2_of_aiokafka
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.partitions import murmur2, partition_of
from parley_contracts.topics import PARTITIONS


@given(st.binary(max_size=200))
def test_the_hash_agrees_with_aiokafka(key: bytes) -> None:
    assert murmur2(key) == murmur2_of_aiokafka(key)


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_agrees_with_the_vectors_of_kafkas_java_client(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed & 0xFFFFFFFF


@given(st.binary(min_size=1, max_size=80), st.integers(min_value=1, max_value=50))
def test_the_partition_agrees_with_aiokafkas_default(key: bytes, partitions: int) -> None:
    everywhere = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, everywhere, everywhere)


def test_without_a_number_it_is_the_catalogues() -> None:
    assert {partition_of(f"ticket-{n}".encode()) for n in range(200)} == set(range(PARTITIONS))
