"""The notifier's settings, and its part of a market file."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from parley_chassis.durations import Duration
from parley_chassis.markets import MarketPart
from parley_chassis.settings import Port, PublicUrl, ServiceSettings
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from notifier.domain.addresses import checked, domain_of
from notifier.domain.rules import MarketRules
from notifier.domain.words import Audience

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def _address(value: str) -> str:
    return checked(value)


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("has a line break or a character that cannot be seen; write it as one plain line")
    return value


def _colour(value: str) -> str:
    if not _COLOUR.fullmatch(value):
        raise ValueError(f"{value!r} is not a colour; write it as #0b5cad")
    return value


MailAddress = Annotated[str, AfterValidator(_address)]
Line = Annotated[str, AfterValidator(_one_line), Field(min_length=1, max_length=60)]
Right = Literal["act", "read", "login"]


class Addresses(BaseModel):
    """Where a market's mails come from, and where those to its own people go."""

    model_config = ConfigDict(frozen=True)

    sender: MailAddress
    support: MailAddress
    oncall: MailAddress
    copies: MailAddress | None = Field(None, alias="copy")

    @property
    def queues(self) -> dict[Audience, str]:
        """The addresses by who reads them."""
        own = {Audience.SUPPORT: self.support, Audience.ONCALL: self.oncall, Audience.COPY: self.copies}
        return {audience: address for audience, address in own.items() if address}


class Colours(BaseModel):
    model_config = ConfigDict(frozen=True)

    accent: Annotated[str, AfterValidator(_colour)] = "#0b5cad"


class LinkRights(BaseModel):
    """What a direct link opens; `login` puts a plain address into the mail."""

    model_config = ConfigDict(frozen=True)

    buyer: Right = "act"
    seller: Right = "act"


class Market(MarketPart):
    """What the notifier reads of a market."""

    name: Line
    time_zone: str
    addresses: Addresses
    imprint: str = Field(min_length=1)
    colours: Colours = Colours()
    logo: PublicUrl | None = None
    conversation_url: str | None = None
    links: LinkRights = LinkRights()

    def rules(self) -> MarketRules:
        """The market as the use cases see it."""
        return MarketRules(
            id=self.id,
            language=self.languages[0],
            domain=domain_of(self.addresses.sender),
            queues=self.addresses.queues,
        )


class SmtpSettings(BaseModel):
    """The server that mails are handed to."""

    model_config = ConfigDict(frozen=True)

    host: str = Field(min_length=1, description="the mail server's name")
    port: Port = Field(587, description="its port")
    tls: Literal["starttls", "implicit", "none"] = Field("starttls", description="how the connection is protected; none for a local server")
    username: str | None = Field(None, description="who signs in, if the server asks for it")
    password: SecretStr | None = Field(None, description="the password that goes with it")
    connections: int = Field(16, ge=1, le=64, description="how many mails are under way at once")
    timeout: Duration = Field(timedelta(seconds=30), description="the wait for each reply before the text is sent")
    reply_timeout: Duration = Field(
        timedelta(minutes=10), description="the wait for the reply to the text; a shorter one sends mails twice"
    )

    @property
    def claim_lease(self) -> timedelta:
        """Longer than everything that can happen before the text: a connection and five replies."""
        return 7 * self.timeout

    @property
    def dot_lease(self) -> timedelta:
        """Longer than the wait for the reply to the text, so that nobody else sends the same mail meanwhile."""
        return self.reply_timeout + 2 * self.timeout


class Settings(ServiceSettings):
    """The notifier: tells people by e-mail, with a direct link."""

    service: str = "notifier"
    http_port: Port = 8083
    probe_port: Port = 9083
    worker_port: Port = 9183
    link_keys_file: Path = Field(
        description="the keys that direct links are signed with, the newest first; the services that open them have it too"
    )
    ticketing_public_url: PublicUrl = Field(description="where people reach ticketing: links of tickets begin with it")
    inquiries_public_url: PublicUrl = Field(description="where people reach inquiries: links of inquiries begin with it")
    sla_monitor_public_url: PublicUrl = Field(description="where the engineer on call reaches the response clock")
    smtp: SmtpSettings
    mail_from: AwareDatetime | None = Field(
        None, description="events before this instant are mailed to nobody; set it where an old system mailed them"
    )
    templates_dir: Path | None = Field(None, description="a folder laid over the templates: what it has is used instead")
    answer_hold: Duration = Field(timedelta(seconds=1), description="how long a mail waits for the time until which an answer is expected")
    group_window: Duration = Field(timedelta(seconds=30), description="how long news for the engineer on call are gathered into one mail")
