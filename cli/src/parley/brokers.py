"""Where the log is and how the command signs in to it: a service's own settings for Kafka, behind PARLEY_."""

from parley_chassis.security import KafkaSecurity
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from parley.settings import load


class Brokers(BaseSettings):
    """The brokers, and the names of the topics there."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, env_prefix="PARLEY_", env_nested_delimiter="_", env_nested_max_split=1
    )

    kafka_bootstrap_servers: str = Field(description="such as kafka-1:9092,kafka-2:9092")
    kafka_security: KafkaSecurity = Field(KafkaSecurity(), description="how to sign in to Kafka")
    topic_prefix: str = Field("", description="stands before the name of every topic")


def brokers() -> Brokers:
    """The brokers of this shell."""
    return load(Brokers)
