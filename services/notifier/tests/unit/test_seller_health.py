"""What is mailed when a seller's health changes: to the seller, and to support where it is at risk."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from notifier import publishing
from notifier.consumers.news import health_news
from notifier.domain.news import Health, News
from notifier.domain.recipients import side
from notifier.domain.rules import Rules
from notifier.domain.words import Audience, Author, Kind, Notice, State
from notifier.rendering import LinkMaker, Renderer, sample_jobs
from notifier.settings import Market
from notifier.store.rows import delivery_of, delivery_row
from notifier.testing.builders import AT, a_party, two_markets
from notifier.use_cases.claiming import claim
from notifier.use_cases.hearing import hear
from parley_chassis.links import Links
from parley_chassis.parking import Poison
from parley_chassis.records import Received
from parley_contracts.envelope import Envelope
from parley_contracts.notifier import NotificationSuppressed
from parley_contracts.sla import SellerHealthChanged
from parley_contracts.topics import SELLERS

MARKETS = two_markets().markets
EXAMPLES = Path(__file__).parents[4] / "contracts" / "examples" / SellerHealthChanged.type


def news(example: str = "at-risk", **changes: Any) -> News:
    """What the clock says of the shop, as in a golden example of the contract."""
    said = json.loads((EXAMPLES / f"{example}.json").read_text()) | {"market": "north", "seller_id": "shop"} | changes
    data = SellerHealthChanged.model_validate(said)
    envelope = Envelope.of(
        data, id="e-1", source="/sla-monitor", subject="shop", time=AT, sequence=None, correlationid="e-1", causationid="day:2026-11-28"
    )
    return health_news(Received(SELLERS, 0, 0, envelope, data, None), MARKETS)


@pytest.mark.parametrize(
    ("example", "variant", "health"),
    [
        ("gets-late", "attention", Health(days=30, late_rate=5.0, late_below=3.0, csat_above=87.0)),
        ("at-risk", "at_risk", Health(days=30, late_rate=46.15384615384615, csat=61.904761904761905, late_below=43.0, csat_above=62.0)),
        ("normal-again", "normal", Health(days=30, late_rate=2.9411764705882355, csat=91.66666666666667, improved=True)),
    ],
)
def test_the_event_is_understood(example: str, variant: str, health: Health) -> None:
    found = news(example)

    assert (found.kind, found.variant, found.author, found.health) == (Kind.HEALTH_CHANGED, variant, Author.SYSTEM, health)
    assert (found.conversation_id, found.parties.seller_id) == ("shop", "shop")


def test_a_market_without_a_file_is_poison() -> None:
    with pytest.raises(Poison, match="no market file"):
        news(market="nowhere")


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ("at-risk", {("party:shop", Audience.SELLER), ("queue:support:north", Audience.SUPPORT)}),
        ("gets-late", {("party:shop", Audience.SELLER)}),
        ("normal-again", {("party:shop", Audience.SELLER)}),
    ],
)
async def test_the_seller_is_told_and_support_where_it_is_at_risk(
    example: str, told: set[tuple[str, Audience]], desk: Any, rules: Rules
) -> None:
    desk.people.put(a_party("shop", kind="seller"))

    await hear(desk, rules, news(example))

    assert {(row.recipient.key, row.audience) for row in desk.deliveries.rows.values()} == told
    assert {row.notice for row in desk.deliveries.rows.values()} == {Notice.SELLER_HEALTH}


async def test_a_seller_of_whom_nobody_is_known_is_told_when_somebody_is(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, news("gets-late"))
    assert [row.recipient for row in desk.deliveries.rows.values()] == [side("shop")]

    desk.people.put(a_party("lena", kind="member", seller_id="shop"))
    for _ in range(2):
        claimed = await claim(desk, rules, limit=5, jitter=lambda: 0.0, resting={})

    (job,) = claimed.jobs
    assert job.delivery.recipient.key == "party:lena"


async def test_what_is_kept_and_told_to_others_names_no_conversation(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, news())

    for row in desk.deliveries.rows.values():
        assert delivery_of(delivery_row(row)) == row
        event = publishing.envelope(replace(row, state=State.SUPPRESSED), sequence=1, at=AT)
        said = NotificationSuppressed.model_validate_json(event.value or b"")
        assert (event.subject, said.notice, said.conversation_source) == ("shop", "seller_health", None)


NORTH = Market.model_validate(
    {
        "id": "north",
        "name": "North",
        "languages": ["en"],
        "time_zone": "UTC",
        "addresses": {"sender": "post@north.example", "support": "support@north.example", "oncall": "oncall@north.example"},
        "imprint": "North",
    }
)
URLS = {"/sla-monitor": "https://clock.test", "/ticketing": "https://t.test", "/inquiries": "https://i.test"}


def test_a_row_of_an_older_version_is_read() -> None:
    job = next(job for job in sample_jobs(NORTH) if job.delivery.notice is Notice.OPENED)
    row = delivery_row(job.delivery)
    del row["story"]["health"]

    assert delivery_of(row) == job.delivery


def test_the_link_leads_to_the_sellers_figures_and_needs_a_sign_in() -> None:
    links = LinkMaker(Links(["k" * 40]), URLS)
    renderer = Renderer({"north": NORTH}, links)
    jobs = [job for job in sample_jobs(NORTH) if job.delivery.notice is Notice.SELLER_HEALTH]

    assert jobs
    for job in jobs:
        _, text, html = renderer.parts(job)
        address = f"https://clock.test/sellers/{job.delivery.conversation_id}"
        assert address in text
        assert address in html
        assert "need to sign in" in text
        assert links.of(job, NORTH).direct is False
