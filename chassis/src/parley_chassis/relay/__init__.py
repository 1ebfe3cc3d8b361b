"""The relay: brings a service's outbox to Kafka in commit order, and says by watermarks how far it is."""

from parley_chassis.relay.relay import Relay

__all__ = ["Relay"]
