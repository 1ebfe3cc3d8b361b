"""The page of a seller: who sees it, what it tells in which language, and the way there from the shop's sign-in."""

import re
from datetime import date
from time import time
from urllib.parse import urlencode

import httpx
import pytest
from parley_chassis.pages.site import LANGUAGES, METHODS
from parley_chassis.sessions import AUDIENCE
from parley_chassis.testing.english import english_in
from parley_chassis.texts import extract, faults, read_catalogue
from sla_monitor.domain.performance import Figures, Health, Performance
from sla_monitor.pages import PACKAGE
from sla_monitor.testing import MemoryMonitor
from sla_monitor.testing.asking import ONCALL, SELLER, STATS, SUPPORT, bearer, token

BROWSER = {"accept": "text/html,*/*;q=0.8", "accept-language": "en"}
PAGE = "/sellers/seller-1"


def performing(health: Health, **figures: int) -> Performance:
    day = date(2026, 3, 30)
    return Performance(seller_id="seller-1", market="de", day=day, health=health, figures=Figures(**figures), since=day)


@pytest.fixture(autouse=True)
def _performance(monitor: MemoryMonitor) -> None:
    monitor.sellers["seller-1"] = performing(Health.ATTENTION, waits=24, late=6, ratings=10, satisfied=9)


async def read(client: httpx.AsyncClient, who: dict[str, str], path: str = PAGE, **headers: str) -> httpx.Response:
    return await client.get(path, headers={**BROWSER, **who, **headers})


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ({}, 401),
        ({"authorization": "Link whatever"}, 403),
        (bearer("buyer"), 403),
        (SELLER, 200),
        (bearer("seller", seller_ids=["seller-2"]), 404),
        (SUPPORT, 200),
        (bearer("support", markets=["fr"]), 404),
        (ONCALL, 200),
        (STATS, 200),
        (bearer("service", scope="texts"), 403),
    ],
)
async def test_who_sees_the_page_of_a_seller(who: dict[str, str], status: int, client: httpx.AsyncClient) -> None:
    answer = await read(client, who)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert ("25%" in answer.text) is (status == 200)


async def test_it_tells_the_shares_what_they_mean_and_what_would_change_it(client: httpx.AsyncClient) -> None:
    page = (await read(client, SELLER)).text

    for told in ("Needs attention", "1 March 2026 to 30 March 2026", "25%", "6 of 24 answers", "90%", "9 of 10 ratings"):
        assert told in page
    assert "<strong>Normal</strong> as soon as fewer than 3% of the answers are late and more than 87%" in page
    assert "<strong>At risk</strong> with more than 45% late answers, or with fewer than 60% good ratings" in page


@pytest.mark.parametrize(("health", "way"), [(Health.NORMAL, "from 5% late answers on"), (Health.AT_RISK, "as soon as fewer than 43%")])
async def test_the_best_cannot_get_better_nor_the_worst_worse(
    health: Health, way: str, client: httpx.AsyncClient, monitor: MemoryMonitor
) -> None:
    monitor.sellers["seller-1"] = performing(health, waits=20, ratings=10)

    page = (await read(client, SELLER)).text

    assert page.count("<li>") == 1
    assert way in page


async def test_a_share_of_too_few_is_not_told(client: httpx.AsyncClient, monitor: MemoryMonitor) -> None:
    monitor.sellers["seller-1"] = performing(Health.NORMAL, waits=19, late=1, ratings=9, satisfied=9)

    page = (await read(client, SELLER)).text

    assert page.count("too few to say") == 2
    assert "It counts from 20 answers on" in page
    assert "It counts from 10 ratings on" in page


async def test_a_seller_without_any_business_reads_that_nothing_has_counted(client: httpx.AsyncClient, monitor: MemoryMonitor) -> None:
    monitor.sellers.clear()

    assert "Nothing has counted yet" in (await read(client, SELLER)).text
    assert (await read(client, SUPPORT)).status_code == 404


@pytest.mark.parametrize(
    ("tag", "language", "title"),
    [
        ("de-AT", "de", "Zahlen des Shops"),
        ("zh-TW", "zh-Hans", "店铺服务指标"),
        ("fr", "fr", "Chiffres"),
        ("it", "it", "Risultati"),
        ("pl", "en", "Seller"),
    ],
)
async def test_the_page_is_in_the_readers_language(tag: str, language: str, title: str, client: httpx.AsyncClient) -> None:
    answer = await read(client, SELLER, **{"accept-language": tag})

    assert answer.headers["content-language"] == language
    assert f"<h1>{title}" in answer.text
    assert (await read(client, bearer("seller", seller_ids=["seller-1"], locale="de"))).headers["content-language"] == "de"


async def test_what_stands_in_an_id_is_text_and_nothing_else(client: httpx.AsyncClient) -> None:
    answer = await read(client, bearer("seller", seller_ids=["<b>"]), "/sellers/%3Cb%3E")

    assert answer.status_code == 200
    assert "<b>" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_every_style_sheet_of_the_page_is_there(client: httpx.AsyncClient) -> None:
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', (await read(client, SELLER)).text)

    assert len(sheets) == 3
    assert {(await client.get(sheet)).headers["content-type"] for sheet in sheets} == {"text/css; charset=utf-8"}
    assert (await client.get(sheets[0].replace("/assets/", "/assets/0"))).status_code == 404


async def test_who_is_not_signed_in_is_led_to_the_shop_and_comes_back_to_the_page(client: httpx.AsyncClient) -> None:
    address = "https://clock.example.com/sellers/seller-1"
    assert f"https://shop.example/sign-in?{urlencode({'return_to': address})}" in (await read(client, {})).text
    signed = token("seller", aud=[AUDIENCE, "https://clock.example.com"], iat=int(time()), lives=60, jti="click-1", seller_ids=["seller-1"])
    form = {"token": signed, "return_to": address}

    answer = await client.post("/session", data=form, headers={"origin": "https://shop.example"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/sellers/seller-1")
    page = await read(client, {})
    assert page.status_code == 200
    assert "/session/end" in page.text
    assert (await client.get("/v1/sellers/seller-1/performance")).status_code == 401, "the API takes no cookie"
    again = await client.post("/session", data=form, headers={"origin": "https://shop.example"})
    assert again.status_code == 401, "a token works once"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_of_the_pages_is_there_in_each_language(language: str) -> None:
    catalogue = read_catalogue(PACKAGE / "locales" / f"{language}.po")

    wrong = faults(catalogue, extract(PACKAGE, METHODS))
    assert wrong == [], "run python -m parley_chassis.pages.extracting sla_monitor, then translate"
    assert english_in(" ".join(str(message.string) for message in catalogue if message.id)) == set()
