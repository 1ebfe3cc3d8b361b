"""The consumer's connection takes the same list of addresses as everything else."""

from parley_chassis.kafka import broker


async def test_several_brokers_are_several_addresses(kafka_servers: str) -> None:
    several = broker(f"{kafka_servers}, {kafka_servers}", client_id="test")
    await several.start()  # it asks the brokers who they are, and raises where none answers
    await several.stop()
