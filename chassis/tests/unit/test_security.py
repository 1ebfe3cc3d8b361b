"""Signing in to Kafka is set in one place, and producer, consumer and administrator all do it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from faststream import security as framework
from parley_chassis.kafka import broker, producer
from parley_chassis.security import OPEN, KafkaSecurity
from parley_chassis.settings import KafkaEnvironment, load
from pydantic import ValidationError

SIGNED = KafkaSecurity.model_validate({"protocol": "SASL_SSL", "user": "parley", "password": "long-and-random"})


def wiring(client: AIOKafkaClient) -> tuple[Any, ...]:
    made: Any = client
    return (
        made._security_protocol,
        made._sasl_mechanism,
        made._sasl_plain_username,
        made._sasl_plain_password,
        made._ssl_context is not None,
    )


async def test_the_producer_signs_in_and_checks_who_the_broker_is() -> None:
    made = producer("127.0.0.1:9", client_id="relay", security=SIGNED)
    try:
        assert wiring(made.client) == ("SASL_SSL", "SCRAM-SHA-512", "parley", "long-and-random", True)
        assert SIGNED.context is not None
        assert SIGNED.context.check_hostname
    finally:
        await made.stop()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
async def test_the_consumer_gets_what_the_producer_gets(protocol: str, mechanism: str) -> None:
    given = KafkaSecurity.model_validate({"protocol": protocol, "mechanism": mechanism, "user": "parley", "password": "long-and-random"})
    made: Any = broker("127.0.0.1:9", client_id="notifier", security=given)

    assert {name: made._connection_kwargs[name] for name in given.arguments} == given.arguments


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_without_sasl_nobody_signs_in(protocol: str) -> None:
    given = KafkaSecurity.model_validate({"protocol": protocol})

    assert type(given.of_framework) is framework.BaseSecurity
    assert given.arguments["sasl_plain_password"] is None
    assert given.of_framework.use_ssl == (protocol == "SSL") == (given.context is not None)
    assert OPEN.arguments["security_protocol"] == "PLAINTEXT"


def test_it_comes_from_the_environment_and_the_password_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("long-and-random\n")
    for name, value in {
        "KAFKA_BOOTSTRAP_SERVERS": "kafka:9093",
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SECURITY_MECHANISM": "SCRAM-SHA-256",
        "KAFKA_SECURITY_USER": "parley",
        "KAFKA_SECURITY_PASSWORD_FILE": str(tmp_path / "password"),
    }.items():
        monkeypatch.setenv(name, value)

    found = load(KafkaEnvironment).kafka_security

    assert found.arguments["sasl_mechanism"] == "SCRAM-SHA-256"
    assert (found.arguments["sasl_plain_username"], found.arguments["sasl_plain_password"]) == ("parley", "long-and-random")
    assert "long-and-random" not in repr(found)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"protocol": "SASL_SSL", "user": "parley"}, "SASL_SSL needs KAFKA_SECURITY_USER and KAFKA_SECURITY_PASSWORD"),
        ({"protocol": "SSL", "ca_file": "/nowhere.pem"}, "/nowhere.pem is not a file"),
        ({"protocol": "SSL", "ca_file": __file__}, "not in PEM form"),
        ({"protocol": "SSL", "cert_file": __file__}, "KAFKA_SECURITY_CERT_FILE and KAFKA_SECURITY_KEY_FILE together"),
    ],
)
def test_what_cannot_work_is_said_at_once(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        KafkaSecurity.model_validate(given)


def test_the_provisioning_command_reads_the_same_settings() -> None:
    command = [sys.executable, "-m", "parley_chassis.provision", "--servers", "127.0.0.1:1", "--patience", "0"]
    given = {"PATH": os.environ["PATH"], "KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}

    answer = subprocess.run(command, env=given, capture_output=True, text=True, timeout=60, check=False)

    assert answer.returncode == 2
    assert "SASL_SSL needs KAFKA_SECURITY_USER" in answer.stderr
