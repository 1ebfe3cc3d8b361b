"""What the templates are told about a mail: words that are ready to be shown, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from parley_chassis.formats import amount, moment, percent, zone
from parley_chassis.languages import tag

from notifier.domain.delivery import Story
from notifier.domain.names import cleaned, line
from notifier.domain.words import Audience, Author
from notifier.ports import Job
from notifier.rendering.links import LinkMaker
from notifier.settings import Market

Gettext = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One conversation of a mail that tells of several."""

    number: str
    due: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthShown:
    """A seller's figures."""

    shop: str
    days: int
    late: str | None
    csat: str | None
    improved: bool
    late_below: str | None
    csat_above: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The names that a template may use. Names of people are cleaned, times have their zone."""

    language: str
    brand: str
    accent: str
    on_accent: str
    logo: str | None
    imprint: str
    audience: str
    recipient: str | None
    kind: str
    number: str
    order: str | None
    author: str
    who: str
    handler: str
    reason: str
    when: str
    expected: str | None
    owes: bool
    final: bool
    amount: str | None
    health: HealthShown | None
    count: int
    items: tuple[Item, ...]
    unlisted: int
    link: str
    direct: bool


def view_of(job: Job, market: Market, links: LinkMaker, _: Gettext) -> View:
    """Everything that the mail of this job may say."""
    delivery, conversation = job.delivery, job.conversation
    told = (delivery.story, *delivery.folded)
    latest = max(told, key=lambda story: story.at)
    language, local = delivery.language, zone(job.time_zone, market.time_zone)
    names = {
        Author.BUYER: cleaned(job.buyer_name) or _("The buyer"),
        Author.SELLER: cleaned(job.seller_name) or _("The seller"),
        Author.SUPPORT: _("%(brand)s Support") % {"brand": market.name},
    }
    link = links.of(job, market)
    handler = conversation.handler if conversation else None

    def item(story: Story) -> Item:
        due = moment(story.wait.due, local, language) if story.wait else ""
        return Item(number=line(story.number), due=due, link=links.plain(story, delivery.audience))

    return View(
        language=tag(language),
        brand=market.name,
        accent=market.colours.accent,
        on_accent=readable_on(market.colours.accent),
        logo=market.logo,
        imprint=market.imprint,
        audience=str(delivery.audience),
        recipient=cleaned(job.recipient_name),
        kind=conversation.kind if conversation else "ticket",
        number=line(latest.number),
        order=line(conversation.order_number) if conversation and conversation.order_number else None,
        author=str(latest.author),
        who=names.get(latest.author, market.name),
        handler=names[Author.SUPPORT] if handler is Audience.SUPPORT else names[Author.SELLER],
        reason=latest.variant,
        when=moment(latest.at, local, language),
        expected=moment(job.expected, local, language) if job.expected else None,
        owes=conversation is not None and conversation.owes is delivery.audience,
        final=conversation is not None and conversation.state == "final",
        amount=amount(latest.refund.amount_minor, latest.refund.currency, language) if latest.refund else None,
        health=_health(latest, names[Author.SELLER], language),
        count=1 + delivery.folds,
        items=tuple(item(story) for story in told),
        unlisted=1 + delivery.folds - len(told),
        link=link.url,
        direct=link.direct,
    )


def _health(story: Story, shop: str, language: str) -> HealthShown | None:
    said = story.health
    if said is None:
        return None

    def share(value: float | None) -> str | None:
        return None if value is None else percent(value, language)

    return HealthShown(
        shop=shop,
        days=said.days,
        late=share(said.late_rate),
        csat=share(said.csat),
        improved=said.improved,
        late_below=share(said.late_below),
        csat_above=share(said.csat_above),
    )


@lru_cache
def readable_on(colour: str) -> str:
    """Black or white, whichever can be read on this colour."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    channels = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    luminance = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    return "#000000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#ffffff"
