"""A service's settings: from the environment, secrets also from files, every fault named at once."""

import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from parley_chassis.durations import Duration
from parley_chassis.links import read_keys
from parley_chassis.security import KafkaSecurity

_DEV_MARK = "dev-"
_UNREADABLE = object()
_WEAK = frozenset({"", "changeme", "secret", "password", "admin", "root", "parley", "test"})


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _plain_url(value: str) -> str:
    if not value.startswith(("http://", "https://")) or any(mark in value for mark in "?# ") or not urlsplit(value).hostname:
        raise ValueError(f"{value!r} is not a plain http or https address; write it as https://help.example.com/tickets")
    return value.rstrip("/")


Port = Annotated[int, Field(ge=1, le=65535)]
PublicUrl = Annotated[str, AfterValidator(_plain_url)]
Algorithms = Annotated[tuple[Literal["EdDSA", "Ed25519", "ES256", "RS256"], ...], BeforeValidator(_split), Field(min_length=1)]


class TokenSettings(BaseModel):
    """Whose tokens are accepted, and where that issuer's public keys stand."""

    model_config = ConfigDict(frozen=True)

    issuer: str = Field(min_length=1, description="the `iss` of the tokens")
    jwks_url: PublicUrl | None = Field(None, description="where the issuer publishes its keys")
    jwks_file: Path | None = Field(None, validate_default=True, description="a file that holds those keys (a JWKS)")
    algorithms: Algorithms = Field(("EdDSA", "Ed25519", "ES256", "RS256"), description="signature algorithms that are accepted")
    leeway: Duration = Field(timedelta(seconds=30), description="how far the issuer's clock may differ from ours")

    @field_validator("jwks_file")
    @classmethod
    def _one_source_of_keys(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if "jwks_url" in info.data and (value is None) == (info.data["jwks_url"] is None):
            raise ValueError("give exactly one of …_JWKS_URL and …_JWKS_FILE: tokens are checked with the keys found there")
        if value is not None and not value.is_file():
            raise ValueError(f"{value} is not a file; name the JSON file that holds the public keys")
        return value


class AuthSettings(TokenSettings):
    """How the identity provider's bearer tokens are read: where in them roles and rights stand (a dotted path for each)."""

    audience: str = Field("parley", min_length=1, description="the `aud` of tokens that are meant for Parley")
    roles_claim: str = Field("roles", description="lists buyer, seller, support, oncall or service")
    seller_ids_claim: str = Field("seller_ids", description="lists the shops that a person works for")
    markets_claim: str = Field("markets", description="lists the markets that a support agent works for")
    scopes_claim: str = Field("scope", description="lists what a service may do")
    language_claim: str = Field("locale", description="the person's language")


class KafkaEnvironment(BaseSettings):
    """What one needs to talk to Kafka. The name of a setting in the environment is the field's in upper case."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, env_nested_delimiter="_", env_nested_max_split=1, enable_decoding=False
    )

    environment: Literal["dev", "test", "prod"] = Field("prod", description="dev and test accept default secrets, prod does not")
    kafka_bootstrap_servers: str = Field(min_length=1, description="such as kafka-1:9092,kafka-2:9092")
    kafka_security: KafkaSecurity = Field(KafkaSecurity(), description="how to sign in to Kafka")
    topic_prefix: str = Field("", pattern=r"^[A-Za-z0-9._-]{0,60}$", description="stands before the name of every topic")

    @field_validator("*")
    @classmethod
    def _no_default_secrets(cls, value: Any, info: ValidationInfo) -> Any:
        for name, secret in _secrets(info.field_name or "", value):
            _refuse_default(name, secret, info)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _SecretFiles(settings_cls)


class ServiceSettings(KafkaEnvironment):
    """What every service needs."""

    service: str = Field(description="the service's name")
    mongodb_uri: SecretStr = Field(description="such as mongodb://user:password@host:27017/?replicaSet=rs0")
    mongodb_database: str = Field("", validate_default=True, description="the service's own database; its name unless set")
    mongodb_driver: Literal["motor", "pymongo"] = Field("motor", description="which asynchronous driver is used")
    http_host: str = Field("127.0.0.1", description="the address to listen on; 0.0.0.0 in a container")
    http_port: Port = Field(description="the port of the API and the pages")
    probe_port: Port = Field(description="the port of /livez, /readyz and /metrics of `serve`; never public")
    worker_port: Port = Field(description="the port of /livez, /readyz and /metrics of `work`; never public")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged")
    public_url: PublicUrl = Field(description="where people reach this service, such as https://help.example.com/tickets")
    markets_dir: Path = Field(description="the folder with one YAML file for each market")
    auth: AuthSettings
    link_keys_file: Path | None = Field(None, description="the keys of direct links, one a line, the newest first")

    @field_validator("mongodb_database")
    @classmethod
    def _own_database(cls, value: str, info: ValidationInfo) -> str:
        return value or str(info.data.get("service", "")).replace("-", "_")

    @field_validator("markets_dir")
    @classmethod
    def _folder(cls, value: Path) -> Path:
        if not value.is_dir():
            raise ValueError(f"{value} is not a folder; name the one with the market files")
        return value

    @field_validator("link_keys_file")
    @classmethod
    def _keys(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None:
            for key in read_keys(value):
                _refuse_default("LINK_KEYS_FILE", key, info)
        return value


class PageSettings(ServiceSettings):
    """What a service with pages needs beside the rest."""

    link_keys_file: Path = Field(description="the keys of direct links and of sign-ins on pages, one a line, the newest first")
    shop: TokenSettings = Field(description="the shop that is believed: who signed in there, and what its product and store pages say")


Settings = TypeVar("Settings", bound=ServiceSettings)
Loaded = TypeVar("Loaded", bound=KafkaEnvironment)


def load(settings_class: type[Loaded], **given: Any) -> Loaded:
    """The settings of this process, what is ``given`` first; with any fault it prints all, with what to do, and ends the process."""
    try:
        return settings_class(**given)
    except ValidationError as error:
        _give_up(settings_class, [_fault(settings_class, dict(each)) for each in error.errors(include_input=False, include_url=False)])


def _give_up(settings_class: type[KafkaEnvironment], faults: list[str]) -> NoReturn:
    service = settings_class.model_fields.get("service")
    name = (service and service.get_default()) or "this command"
    sys.stderr.write("\n  ".join([f"{name} cannot start: {len(faults)} of its settings need attention.", *faults]) + "\n")
    raise SystemExit(2)


def _fault(settings_class: type[BaseModel], error: dict[str, Any]) -> str:
    path = [part for part in error["loc"] if isinstance(part, str)]
    name, field = "_".join(path).upper(), _field(settings_class, path)
    meant = purpose(path[-1], field) if field else "see the list of settings"
    if error["type"] == "missing":
        or_file = f" (or {name}_FILE, a file that holds it)" if field and _is_secret(field.annotation) else ""
        return f"{name} is not set: {meant}. Set it{or_file}."
    if error["type"] == "string_type" and (path_of_secret := os.environ.get(f"{name}_FILE")):
        return f"{name}_FILE: {path_of_secret} cannot be read. Name a file that this process may read."
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}. It is: {meant}."


def purpose(name: str, field: FieldInfo) -> str:
    """What a setting is for. A service that gives one a default of its own need not say it again."""
    inherited = ServiceSettings.model_fields.get(name)
    return field.description or (inherited.description if inherited else None) or ""


def _field(model: type[BaseModel], path: list[str]) -> FieldInfo | None:
    field = model.model_fields.get(path[0]) if path else None
    if field and len(path) > 1 and isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
        return _field(field.annotation, path[1:])
    return field


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_is_secret(part) for part in getattr(annotation, "__args__", ()))


def _secrets(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, SecretStr):
        yield name.upper(), value.get_secret_value()
    elif isinstance(value, BaseModel):
        for part in type(value).model_fields:
            yield from _secrets(f"{name}_{part}", getattr(value, part))


def _refuse_default(name: str, secret: str, info: ValidationInfo) -> None:
    if info.data.get("environment", "prod") in ("dev", "test"):
        return
    word = urlsplit(secret).password if "://" in secret else secret
    if word is not None and (word.startswith(_DEV_MARK) or word.lower() in _WEAK):
        raise ValueError(f"{name} holds a secret that everybody knows; make one with: openssl rand -hex 32 (or say ENVIRONMENT=dev)")


class _SecretFiles(PydanticBaseSettingsSource):
    """`X_FILE` gives the secret X. It also makes each group of settings exist, so that what it lacks is named one by one."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._value(field, field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {name: self._value(field, name) for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, field: FieldInfo, name: str) -> Any:
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            parts = {part: self._value(inner, f"{name}_{part}") for part, inner in field.annotation.model_fields.items()}
            return {part: value for part, value in parts.items() if value is not None}
        path = os.environ.get(f"{name}_FILE".upper())
        if not path or not _is_secret(field.annotation):
            return None
        try:
            return Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return _UNREADABLE
