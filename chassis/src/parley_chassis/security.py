"""How a client signs in to Kafka and knows the brokers: the same for producer, consumer and administrator."""

import ssl
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_SASL = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


class KafkaSecurity(BaseModel):
    """Without any of these: plain text, and nobody signs in."""

    model_config = ConfigDict(frozen=True)

    protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="SSL and SASL_SSL encrypt, SASL_… signs in with user and password"
    )
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field("SCRAM-SHA-512", description="how a user signs in")
    user: str = Field("", description="the user of SASL_…")
    password: SecretStr | None = Field(None, description="that user's password")
    ca_file: Path | None = Field(None, description="who vouches for the brokers (PEM); the system's authorities unless set")
    cert_file: Path | None = Field(None, description="this client's own certificate (PEM), where brokers ask for one")
    key_file: Path | None = Field(None, description="the key of that certificate (PEM)")

    @field_validator("ca_file", "cert_file", "key_file")
    @classmethod
    def _is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"{value} is not a file; name the one that holds it in PEM form")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self._signs_in and not (self.user and self._word):
            raise ValueError(f"{self.protocol} needs KAFKA_SECURITY_USER and KAFKA_SECURITY_PASSWORD (or …_FILE)")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("give KAFKA_SECURITY_CERT_FILE and KAFKA_SECURITY_KEY_FILE together")
        try:
            self.context  # noqa: B018 read once here, so that a bad file is named at start
        except ssl.SSLError as error:
            raise ValueError(f"a file of KAFKA_SECURITY_… is not in PEM form, or key and certificate differ ({error.reason})") from None
        return self

    @cached_property
    def context(self) -> ssl.SSLContext | None:
        """The TLS side; it checks the brokers' certificates and names."""
        if not self.protocol.endswith("SSL"):
            return None
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.cert_file is not None:
            context.load_cert_chain(self.cert_file, self.key_file)
        return context

    @property
    def _signs_in(self) -> bool:
        return self.protocol.startswith("SASL")

    @property
    def _word(self) -> str:
        return self.password.get_secret_value() if self.password else ""

    @property
    def arguments(self) -> dict[str, Any]:
        """As aiokafka's clients take it."""
        return {
            "security_protocol": self.protocol,
            "ssl_context": self.context,
            "sasl_mechanism": self.mechanism if self._signs_in else "PLAIN",
            "sasl_plain_username": self.user if self._signs_in else None,
            "sasl_plain_password": self._word if self._signs_in else None,
        }

    @property
    def of_framework(self) -> BaseSecurity:
        """As FastStream takes it."""
        context = self.context
        if not self._signs_in:
            return BaseSecurity(context, use_ssl=context is not None)
        return _SASL[self.mechanism](self.user, self._word, context, use_ssl=context is not None)


OPEN = KafkaSecurity()
