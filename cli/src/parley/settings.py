"""What the command takes from the environment: where the services are, and who asks."""

from pathlib import Path
from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from parley.problem import CannotDo

_OF_KAFKA = {
    "kafka_bootstrap_servers": "for tail, validate and replay: the brokers, such as kafka-1:9092,kafka-2:9092",
    "kafka_security_…": "for tail, validate and replay: how to sign in, as the services' KAFKA_SECURITY_…",
    "topic_prefix": "for tail, validate and replay: what stands before the name of every topic",
}

SERVICES = ("ticketing", "inquiries", "notifier", "sla-monitor")


class Settings(BaseSettings):
    """The name of a setting in the environment is the field's in upper case, behind PARLEY_."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, env_prefix="PARLEY_")

    ticketing_url: str | None = Field(None, description="the API of ticketing, such as https://help.example.com/tickets")
    inquiries_url: str | None = Field(None, description="the API of inquiries")
    notifier_url: str | None = Field(None, description="the API of the notifier")
    sla_monitor_url: str | None = Field(None, description="the API of the SLA monitor")
    token: SecretStr | None = Field(
        None, description="the identity provider's bearer token: role oncall (for import: role service, scope inlet)"
    )
    token_file: Path | None = Field(None, description="a file that holds the token")

    def url(self, service: str) -> str | None:
        """Where a service answers, if that is set."""
        found: str | None = getattr(self, f"{service.replace('-', '_')}_url")
        return found.rstrip("/") if found else None

    def urls(self) -> dict[str, str]:
        """Every service whose address is set."""
        known = {service: url for service in SERVICES if (url := self.url(service))}
        if not known:
            raise CannotDo(f"No service is known. Set the address of each that you mean: {', '.join(map(variable, SERVICES))}.")
        return known

    def bearer(self) -> str:
        """The token."""
        if self.token is not None:
            return self.token.get_secret_value()
        if self.token_file is None:
            raise CannotDo("Nobody is signed in. Set PARLEY_TOKEN, or PARLEY_TOKEN_FILE to a file that holds the token.")
        try:
            return self.token_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CannotDo(f"PARLEY_TOKEN_FILE={self.token_file} cannot be read: {error}.") from None


Some = TypeVar("Some", bound=BaseSettings)


def load(settings: type[Some]) -> Some:
    """The settings of this shell; raises CannotDo with all that is wrong."""
    try:
        return settings()
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        told = [f"PARLEY_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg'].removeprefix('Value error, ')}." for fault in faults]
        raise CannotDo("\n".join(["Some settings need attention:", *told])) from None


def variable(service: str) -> str:
    """The environment's name for a service's address."""
    return f"PARLEY_{service.replace('-', '_').upper()}_URL"


def described() -> str:
    """Every setting with what it is for."""
    lines = {name: field.description for name, field in Settings.model_fields.items()} | _OF_KAFKA
    return "\n".join(f"  PARLEY_{name.upper():<25} {line}" for name, line in lines.items())
