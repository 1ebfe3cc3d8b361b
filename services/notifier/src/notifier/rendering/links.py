"""The one link of a mail: signed for a person, plain for people who sign in."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from parley_chassis.links import LinkClaims, Links

from notifier.domain.delivery import Story
from notifier.domain.recipients import RecipientKind
from notifier.domain.words import Audience, Kind
from notifier.ports import Job
from notifier.settings import Market


@dataclass(frozen=True, slots=True)
class Link:
    """An address, and whether it opens the conversation without a sign-in."""

    url: str
    direct: bool


class LinkMaker:
    """Knows where each service is reached, and holds the keys."""

    def __init__(self, links: Links, public_urls: dict[str, str]) -> None:
        self._links = links
        self._public_urls = public_urls

    def of(self, job: Job, market: Market) -> Link:
        """The link of this mail, for this recipient."""
        delivery = job.delivery
        if delivery.notice.about_a_seller:
            return Link(self.plain(delivery.story, delivery.audience), direct=False)
        if delivery.recipient.kind is RecipientKind.PARTY and delivery.audience in (Audience.BUYER, Audience.SELLER):
            guest = job.conversation is not None and job.conversation.parties.guest and delivery.audience is Audience.BUYER
            if market.conversation_url and not guest:
                return Link(market.conversation_url.replace("{conversation_id}", quote(delivery.conversation_id, safe="")), direct=False)
            if guest or self._right(market, delivery.audience) != "login":
                return Link(self._direct(delivery.story, delivery.recipient.id, delivery.audience, job.at), direct=True)
        return Link(self.plain(delivery.story, delivery.audience), direct=False)

    def plain(self, story: Story, audience: Audience) -> str:
        """An address that carries no authority."""
        if story.kind is Kind.HEALTH_CHANGED:
            return f"{self._public_urls['/sla-monitor']}/sellers/{quote(story.conversation_id, safe='')}"
        if audience is Audience.ONCALL:
            cycle = story.wait.cycle_id if story.wait else ""
            return f"{self._public_urls['/sla-monitor']}/responses/{quote(cycle, safe='')}"
        return f"{self._public_urls[story.source]}/c/{quote(story.conversation_id, safe='')}"

    def _direct(self, story: Story, party_id: str, audience: Audience, at: datetime) -> str:
        claims = LinkClaims(conversation_id=story.conversation_id, party_id=party_id, role=str(audience), issued_at=at)
        return f"{self._public_urls[story.source]}/l/{self._links.mint(claims)}"

    @staticmethod
    def _right(market: Market, audience: Audience) -> str:
        return market.links.buyer if audience is Audience.BUYER else market.links.seller
