"""What conversations need of a market file, the same in tickets and inquiries."""

from datetime import timedelta
from typing import Annotated, Literal

from parley_chassis.durations import Duration
from parley_chassis.markets import MarketPart
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from parley_conversation.domain.content import ContentPolicy
from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.words import LinkMode, Role, Verdict, Violation

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=100)]


class LinkModes(BaseModel):
    """What a direct link opens for each role: act, read or login."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    buyer: LinkMode = LinkMode.ACT
    seller: LinkMode = LinkMode.ACT


class ContentSettings(BaseModel):
    """What a seller may not write to a buyer: allow, flag (told to other teams, shown to support) or refuse."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contact_details: Verdict = Verdict.FLAG
    links: Verdict = Verdict.FLAG
    advertising: Verdict = Verdict.FLAG
    own_hosts: frozenset[Host] = frozenset()
    advertising_words: tuple[Phrase, ...] = ()

    def policy(self) -> ContentPolicy:
        """The policy as the domain takes it."""
        verdicts = {each: getattr(self, each.value) for each in Violation}
        return ContentPolicy(verdicts=verdicts, own_hosts=self.own_hosts, advertising=self.advertising_words)


Messages = Annotated[int, Field(ge=1, le=100_000)]


class MessageLimits(BaseModel):
    """How many messages one person may write within an hour, by what they are in the conversation; null: without end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    buyer: Messages | None = 120
    seller: Messages | None = 1_200
    support: Messages | None = 1_200

    def by_role(self) -> dict[Role, int]:
        """The limits as the domain takes them; a guest is a buyer."""
        named = {Role.BUYER: self.buyer, Role.GUEST: self.buyer, Role.SELLER: self.seller, Role.SUPPORT: self.support}
        return {role: most for role, most in named.items() if most is not None}


class ConversationMarket(MarketPart):
    """Windows, links, routing, content and limits of one market."""

    contact_window: Duration
    retention: Annotated[Duration, Field(ge=timedelta(days=31), le=timedelta(days=24 * 31))] = timedelta(days=24 * 31)
    post_purchase_close: Literal["any", "refund_only"] = "any"
    links: LinkModes = LinkModes()
    content_policy: ContentSettings = ContentSettings()
    messages_per_hour: MessageLimits = MessageLimits()
    routing_profile: Literal["seller_first", "support_first"] = "seller_first"
    served_countries: frozenset[Country] = frozenset()
    listed_sellers: frozenset[str] = frozenset()
    high_value_minor: Annotated[int, Field(gt=0)] | None = None

    def rules(self) -> MarketRules:
        """The market as the domain takes it."""
        return MarketRules(
            contact_window=self.contact_window,
            retention=self.retention,
            language=self.languages[0],
            refund_only=self.post_purchase_close == "refund_only",
            links={Role.BUYER: self.links.buyer, Role.SELLER: self.links.seller},
            content=self.content_policy.policy(),
            messages_per_hour=self.messages_per_hour.by_role(),
            routing_profile=self.routing_profile,
            served_countries=self.served_countries,
            listed_sellers=self.listed_sellers,
            high_value_minor=self.high_value_minor,
        )
