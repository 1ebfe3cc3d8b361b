"""The servers of the tests are real: transactions, change streams and topics with partitions."""

import os
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import AsyncMongoClient


async def test_the_database_has_transactions_that_end_after_five_seconds(mongodb_uri: str, database_name: str) -> None:
    async with AsyncMongoClient[dict[str, Any]](mongodb_uri) as client:
        rows = client[database_name]["rows"]
        async with client.start_session() as session, await session.start_transaction():
            await rows.insert_one({"_id": 1}, session=session)
        assert await rows.count_documents({}) == 1
        limits = await client.admin.command("getParameter", 1, transactionLifetimeLimitSeconds=1)
        assert os.environ.get("MONGODB_URI") or limits["transactionLifetimeLimitSeconds"] == 5


async def test_the_broker_keeps_topics_and_makes_none_by_itself(kafka_servers: str, topic_prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(f"{topic_prefix}made", num_partitions=6, replication_factor=1)])
        (made,) = await admin.describe_topics([f"{topic_prefix}made"])
        assert len(made["partitions"]) == 6
        assert f"{topic_prefix}other" not in await admin.list_topics()
    finally:
        await admin.close()
