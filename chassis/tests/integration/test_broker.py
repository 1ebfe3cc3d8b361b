"""The consumer's connection takes the same list of addresses as everything else."""

from parley_chassis.kafka import broker
from parley_chassis.provision import provision
from parley_contracts.topics import ORDERS


async def test_several_brokers_are_several_addresses(kafka_servers: str, topic_prefix: str) -> None:
    await provision(kafka_servers, topics=[ORDERS], prefix=topic_prefix)
    several = broker(f"{kafka_servers}, {kafka_servers}", client_id="test")

    @several.subscriber(topic_prefix + ORDERS.name, group_id=topic_prefix, no_reply=True)
    async def listen(record: bytes) -> None:
        raise AssertionError(record)

    await several.start()  # raises where no address answers
    await several.stop()
