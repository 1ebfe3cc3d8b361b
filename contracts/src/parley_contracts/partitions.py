"""Which partition a conversation is in: the same arithmetic as Kafka's Java client."""

from parley_contracts.topics import PARTITIONS

_SEED = 0x9747B28C
_MIX = 0x5BD1E995
_32_BITS = 0xFFFFFFFF


def partition_of(key: bytes, partitions: int = PARTITIONS) -> int:
    """The partition of a record key. librdkafka agrees with ``partitioner=murmur2_random``, the Java client by default."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """MurmurHash2 of 32 bits with Kafka's seed, unsigned."""
    whole = len(data) & ~3
    hashed = _SEED ^ len(data)
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _MIX & _32_BITS
        word = (word ^ (word >> 24)) * _MIX & _32_BITS
        hashed = (hashed * _MIX & _32_BITS) ^ word
    if whole < len(data):
        hashed = (hashed ^ int.from_bytes(data[whole:], "little")) * _MIX & _32_BITS
    hashed = (hashed ^ (hashed >> 13)) * _MIX & _32_BITS
    return hashed ^ (hashed >> 15)
