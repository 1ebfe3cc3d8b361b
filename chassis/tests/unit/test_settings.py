"""Settings come from the environment; what is wrong with them is said at once, with what to do."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from parley_chassis.durations import Duration
from parley_chassis.manual import described
from parley_chassis.settings import Port, ServiceSettings, load
from pydantic import BaseModel, Field, SecretStr


class Smtp(BaseModel):
    """A group of settings, as a service declares one."""

    host: str = Field(description="the mail server")
    password: SecretStr = Field(SecretStr("dev-password"), description="its password")
    timeout: Duration = Field(timedelta(seconds=30), description="how long to wait for it")


class TrainSettings(ServiceSettings):
    """A service that sells train tickets."""

    service: str = "train-tickets"
    http_port: Port = 8101
    probe_port: Port = 8102
    worker_port: Port = 8103
    smtp: Smtp


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """An environment in which the service can start."""
    (tmp_path / "markets").mkdir()
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    for name, value in {
        "ENVIRONMENT": "prod",
        "MONGODB_URI": "mongodb://train:7aF0-long-and-random@db.example:27017/?replicaSet=rs0",
        "KAFKA_BOOTSTRAP_SERVERS": "kafka.example:9092",
        "PUBLIC_URL": "https://help.example.com/trains/",
        "MARKETS_DIR": str(tmp_path / "markets"),
        "AUTH_ISSUER": "https://id.example.com",
        "AUTH_JWKS_FILE": str(tmp_path / "jwks.json"),
        "SMTP_HOST": "mail.example",
        "SMTP_PASSWORD": "8c1d-long-and-random",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def complaints(capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed when the settings are bad."""
    with pytest.raises(SystemExit) as exit_:
        load(TrainSettings)
    assert exit_.value.code == 2
    return capsys.readouterr().err


@pytest.mark.usefixtures("environment")
def test_a_good_environment_gives_the_settings() -> None:
    settings = load(TrainSettings)

    assert settings.mongodb_uri.get_secret_value().startswith("mongodb://train:")
    assert settings.mongodb_database == "train_tickets"
    assert settings.public_url == "https://help.example.com/trains"
    assert settings.auth.issuer == "https://id.example.com"
    assert settings.auth.algorithms == ("EdDSA", "Ed25519", "ES256", "RS256")
    assert settings.smtp.timeout == timedelta(seconds=30)


def test_groups_lists_and_durations_are_read_from_plain_text(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AUTH_ALGORITHMS", "ES256, EdDSA")
    environment.setenv("AUTH_LEEWAY", "1m30s")
    environment.setenv("AUTH_ROLES_CLAIM", "realm_access.roles")
    environment.setenv("SMTP_TIMEOUT", "5s")

    settings = load(TrainSettings)

    assert settings.auth.algorithms == ("ES256", "EdDSA")
    assert settings.auth.leeway == timedelta(seconds=90)
    assert settings.auth.roles_claim == "realm_access.roles"
    assert settings.smtp.timeout == timedelta(seconds=5)


def test_all_that_is_missing_is_named_at_once(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    needed = ["KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "PUBLIC_URL", "MARKETS_DIR", "AUTH_ISSUER", "AUTH_JWKS_FILE", "SMTP_HOST"]
    for name in needed:
        environment.delenv(name)

    printed = complaints(capsys)

    assert printed.startswith("train-tickets cannot start: 7 of its settings need attention.\n")
    assert [line.split()[0].rstrip(":") for line in printed.splitlines()[1:]] == needed
    assert "MONGODB_URI is not set: such as mongodb://" in printed
    assert "(or MONGODB_URI_FILE, a file that holds it)" in printed
    assert "SMTP_HOST is not set: the mail server. Set it." in printed


def test_all_that_is_wrong_is_named_at_once(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in {
        "ENVIRONMENT": "staging",
        "HTTP_PORT": "99999",
        "PUBLIC_URL": "help.example.com",
        "MARKETS_DIR": "/nowhere",
        "AUTH_ALGORITHMS": "none",
        "AUTH_LEEWAY": "soon",
        "AUTH_JWKS_URL": "https://id.example.com/keys",
        "LINK_KEYS_FILE": "/nowhere",
        "TOPIC_PREFIX": "a b",
        "MONGODB_DRIVER": "mongoose",
    }.items():
        environment.setenv(name, value)

    printed = complaints(capsys)

    assert {line.split(":")[0].strip() for line in printed.splitlines()[1:]} == {
        "ENVIRONMENT", "HTTP_PORT", "PUBLIC_URL", "MARKETS_DIR", "AUTH_ALGORITHMS", "AUTH_LEEWAY", "AUTH_JWKS_FILE", "LINK_KEYS_FILE",
        "TOPIC_PREFIX", "MONGODB_DRIVER",
    }  # fmt: skip
    assert "write it as https://help.example.com/tickets" in printed
    assert "give exactly one of …_JWKS_URL and …_JWKS_FILE" in printed


def test_an_empty_value_is_as_good_as_none(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("KAFKA_BOOTSTRAP_SERVERS", "")

    assert "KAFKA_BOOTSTRAP_SERVERS is not set" in complaints(capsys)


def test_a_secret_can_come_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("MONGODB_URI", "SMTP_PASSWORD"):
        environment.delenv(name)
        (tmp_path / name).write_text(f"mongodb://of-{name}\n")
        environment.setenv(f"{name}_FILE", str(tmp_path / name))

    settings = load(TrainSettings)

    assert settings.mongodb_uri.get_secret_value() == "mongodb://of-MONGODB_URI"
    assert settings.smtp.password.get_secret_value() == "mongodb://of-SMTP_PASSWORD"


def test_a_secret_in_the_environment_beats_the_file(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SMTP_PASSWORD_FILE", "/nowhere")

    assert load(TrainSettings).smtp.password.get_secret_value() == "8c1d-long-and-random"


def test_a_file_that_cannot_be_read_is_named_and_never_replaced_by_a_default(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv("SMTP_PASSWORD")
    environment.setenv("SMTP_PASSWORD_FILE", "/nowhere")

    assert "SMTP_PASSWORD_FILE: /nowhere cannot be read" in complaints(capsys)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MONGODB_URI", "mongodb://train:dev-secret@db/?replicaSet=rs0"),
        ("MONGODB_URI", "mongodb://train:changeme@db/"),
        ("SMTP_PASSWORD", "dev-password"),
        ("SMTP_PASSWORD", "Password"),
        ("SMTP_PASSWORD", ""),
    ],
)
def test_production_refuses_a_secret_that_everybody_knows(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    environment.setenv(name, value)

    printed = complaints(capsys)

    assert f"{name} holds a secret that everybody knows" in printed
    assert "ENVIRONMENT=dev" in printed


def test_production_refuses_the_development_keys_of_links(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "keys").write_text("dev-" + "0" * 40)
    environment.setenv("LINK_KEYS_FILE", str(tmp_path / "keys"))

    assert "LINK_KEYS_FILE holds a secret that everybody knows" in complaints(capsys)


@pytest.mark.parametrize("where", ["dev", "test"])
def test_outside_production_such_secrets_are_welcome(environment: pytest.MonkeyPatch, where: str) -> None:
    environment.setenv("ENVIRONMENT", where)
    environment.setenv("SMTP_PASSWORD", "dev-password")

    assert load(TrainSettings).environment == where


def test_no_secret_is_printed_or_shown(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "long-and-random" not in repr(load(TrainSettings))
    environment.setenv("MONGODB_URI", "mongodb://train:changeme@db/")
    environment.delenv("SMTP_HOST")

    assert "changeme" not in complaints(capsys)


def test_the_manual_names_every_setting_with_its_default() -> None:
    manual = described(TrainSettings)

    assert "  HTTP_PORT [8101]\n      the port of the API and the pages" in manual
    assert "  AUTH_LEEWAY [30s]" in manual
    assert "  SMTP_PASSWORD [hidden]" in manual
    assert "dev-password" not in manual
    assert "SERVICE" not in manual
