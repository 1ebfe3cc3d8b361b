"""Rows to Kafka: one batch for each partition, in order, and nothing goes on before the acknowledgements."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from parley_contracts.envelope import Headers
from parley_contracts.partitions import partition_of
from parley_contracts.topics import PARTITIONS, Topic

ACK_TIMEOUT = 15.0
"""Seconds. An idempotent producer never gives up by itself (measured: it hangs while the broker is down)."""

_partition_of = lru_cache(maxsize=65_536)(partition_of)
"""A conversation has several events, and the arithmetic is slow in Python."""

Record = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes]]]
"""Key, value, headers."""


class NotSent(RuntimeError):
    """Kafka did not acknowledge. The records may still be written: only a new process, from the saved token, may go on."""


class Sender:
    """Sends to the topics of one service, each under the deployment's prefix."""

    def __init__(self, producer: AIOKafkaProducer, *, prefix: str) -> None:
        self._producer = producer
        self._prefix = prefix

    async def rows(self, rows: Iterable[dict[str, Any]]) -> None:
        """Publish outbox rows; the order of each partition is theirs."""
        parted: dict[tuple[str, int], list[Record]] = {}
        for row in rows:
            key = row["key"].encode()
            record = (key, row["value"], list(row["headers"].items()))
            parted.setdefault((row["topic"], _partition_of(key)), []).append(record)
        await self._send(parted)

    async def everywhere(self, topic: Topic, key: bytes | None, headers: Headers, value: bytes) -> list[Any]:
        """One record, the same in every partition of a topic; returns what the broker says of each, in their order."""
        return await self._send({(topic.name, partition): [(key, value, list(headers))] for partition in range(PARTITIONS)})

    async def _send(self, parted: dict[tuple[str, int], list[Record]]) -> list[Any]:
        try:
            async with asyncio.timeout(ACK_TIMEOUT):
                sent = [each for (topic, partition), records in parted.items() for each in await self._batches(topic, partition, records)]
                return await asyncio.gather(*sent)
        except (KafkaError, TimeoutError, OSError) as error:
            raise NotSent(f"Kafka did not acknowledge within {ACK_TIMEOUT:.0f} s: {error!r}") from error

    async def _batches(self, topic: str, partition: int, records: list[Record]) -> list[asyncio.Future[Any]]:
        name, sent = self._prefix + topic, []
        batch = self._producer.create_batch()
        for key, value, headers in records:
            if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
                sent.append(await self._producer.send_batch(batch, name, partition=partition))
                batch = self._producer.create_batch()
                batch.append(key=key, value=value, timestamp=None, headers=headers)
        sent.append(await self._producer.send_batch(batch, name, partition=partition))
        return sent
