"""Makes aiokafka read a record whose header name is not UTF-8: it raises there, and stops the partition for ever.

Seen: each fetch ends at the same place again, the good records before it in its batch never come, and what other partitions
gave at that moment is dropped and passed over by the next commit. No seek helps: a batch is always parsed from its start.
"""

from collections.abc import Iterator
from typing import Any, SupportsIndex

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_LENGTH = slice(8, 12)
_OVERHEAD = 12


class _Text(bytearray):
    """Bytes that can always be read as text: what is not UTF-8 becomes ``\\xff``."""

    def __getitem__(self, place: SupportsIndex | slice) -> Any:
        found = super().__getitem__(place)
        return _Text(found) if isinstance(found, bytearray) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)


class _Forgiving(_DefaultRecordBatchPy):  # type: ignore[misc]
    """aiokafka's own reader in Python, which is slow and used for such a batch alone."""

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _Text(self._buffer)


class _Batch:
    """A batch, read fast, and forgivingly from its start where that fails; the fetcher skips what it has seen of it."""

    def __init__(self, fast: Any, data: memoryview) -> None:
        self._fast = fast
        self._data = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fast, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._fast
        except (UnicodeDecodeError, CorruptRecordException):
            yield from _Forgiving(self._data)


class Records:
    """What a broker sent of one partition, batch by batch."""

    def __init__(self, data: bytes) -> None:
        self._records = MemoryRecords(data)
        self._rest = memoryview(data)
        self.has_next = self._records.has_next
        self.size_in_bytes = self._records.size_in_bytes

    def next_batch(self) -> _Batch:
        length = _OVERHEAD + int.from_bytes(self._rest[_LENGTH], "big")
        data, self._rest = self._rest[:length], self._rest[length:]
        return _Batch(self._records.next_batch(), data)


def install() -> None:
    """For all consumers of this process."""
    fetcher.MemoryRecords = Records
