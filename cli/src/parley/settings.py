"""What the command takes from the environment: where the services and the brokers are, and who asks."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from parley.problem import CannotDo

SERVICES = ("ticketing", "inquiries", "notifier", "sla-monitor")


class Settings(BaseSettings):
    """The name of a setting in the environment is the field's in upper case, behind PARLEY_."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, env_prefix="PARLEY_")

    ticketing_url: str | None = Field(None, description="the API of ticketing, such as https://help.example.com/tickets")
    inquiries_url: str | None = Field(None, description="the API of inquiries")
    notifier_url: str | None = Field(None, description="the API of the notifier")
    sla_monitor_url: str | None = Field(None, description="the API of the SLA monitor")
    token: SecretStr | None = Field(None, description="a bearer token of the identity provider, for role oncall")
    token_file: Path | None = Field(None, description="a file that holds the token")
    kafka: str | None = Field(None, description="the brokers, such as kafka-1:9092,kafka-2:9092")
    topic_prefix: str = Field("", description="stands before the name of every topic")

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

    def brokers(self) -> str:
        """The bootstrap servers."""
        if not self.kafka:
            raise CannotDo("No broker is known. Set PARLEY_KAFKA, such as kafka-1:9092.")
        return self.kafka


def variable(service: str) -> str:
    """The environment's name for a service's address."""
    return f"PARLEY_{service.replace('-', '_').upper()}_URL"


def described() -> str:
    """Every setting with what it is for."""
    fields = Settings.model_fields.items()
    return "\n".join(f"  PARLEY_{name.upper():<18} {field.description}" for name, field in fields)
