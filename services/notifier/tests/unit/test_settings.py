"""Settings and market files: what is wrong is said before the first mail."""

import argparse
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from notifier.main import COMMANDS, create_renderer
from notifier.settings import Market, Settings, SmtpSettings
from parley_chassis.markets import MarketFaults, read_markets
from parley_chassis.settings import load

MARKET: dict[str, Any] = {
    "id": "north",
    "name": "Nordmarkt",
    "languages": ["de"],
    "time_zone": "Europe/Berlin",
    "addresses": {"sender": "post@north.example", "support": "support@north.example", "oncall": "oncall@north.example"},
    "imprint": "Nordmarkt GmbH",
}
ENVIRONMENT = {
    "ENVIRONMENT": "test",
    "MONGODB_URI": "mongodb://nowhere.test",
    "KAFKA_BOOTSTRAP_SERVERS": "nowhere.test:9092",
    "PUBLIC_URL": "http://mails.test",
    "AUTH_ISSUER": "https://identity.test",
    "AUTH_JWKS_URL": "https://identity.test/keys",
    "TICKETING_PUBLIC_URL": "http://help.test/tickets",
    "INQUIRIES_PUBLIC_URL": "http://help.test/questions",
    "SLA_MONITOR_PUBLIC_URL": "http://clock.test",
    "SMTP_HOST": "mail.test",
}


@pytest.fixture
def markets(tmp_path: Path) -> Path:
    (tmp_path / "markets").mkdir()
    (tmp_path / "markets" / "north.yaml").write_text(yaml.safe_dump(MARKET), "utf-8")
    return tmp_path / "markets"


@pytest.fixture
def environment(markets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    (tmp_path / "keys").write_text("k" * 40)
    for name, value in (ENVIRONMENT | {"MARKETS_DIR": str(markets), "LINK_KEYS_FILE": str(tmp_path / "keys")}).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_the_settings_of_a_running_notifier_are_enough() -> None:
    settings = load(Settings)

    assert (settings.service, settings.mongodb_database) == ("notifier", "notifier")
    assert (settings.smtp.tls, settings.smtp.port) == ("starttls", 587)


def test_everything_that_is_missing_is_named_at_once(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("SMTP_HOST", "LINK_KEYS_FILE", "TICKETING_PUBLIC_URL"):
        environment.delenv(name)
    environment.setenv("SMTP_TLS", "sometimes")
    environment.setenv("MAIL_FROM", "2026-11-24T00:00:00")

    with pytest.raises(SystemExit) as ended:
        load(Settings)

    said = capsys.readouterr().err
    assert ended.value.code == 2
    for name in ("SMTP_HOST", "LINK_KEYS_FILE", "TICKETING_PUBLIC_URL", "SMTP_TLS", "MAIL_FROM"):
        assert name in said


def test_a_lease_outlives_everything_that_happens_under_it() -> None:
    smtp = SmtpSettings(host="mail.test")

    assert smtp.claim_lease.total_seconds() == 210
    assert smtp.dot_lease > smtp.reply_timeout


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"addresses": {"sender": "nobody", "support": "s@north.example", "oncall": "o@north.example"}}, "addresses.sender"),
        ({"addresses": {"sender": "post@north.example", "support": "Support <s@north.example>", "oncall": "x"}}, "addresses.support"),
        ({"addresses": {"sender": "post@north.example"}}, "addresses.oncall"),
        ({"name": "Nord\nBcc: x"}, "name"),
        ({"name": ""}, "name"),
        ({"colours": {"accent": "blue"}}, "colours.accent"),
        ({"colours": {"accent": "#0b5cad;background:url(x)"}}, "colours.accent"),
        ({"logo": "javascript:alert(1)"}, "logo"),
        ({"links": {"buyer": "everything"}}, "links.buyer"),
        ({"imprint": ""}, "imprint"),
        ({"languages": []}, "languages"),
    ],
)
def test_a_fault_in_a_market_file_is_named_with_its_key(markets: Path, change: dict[str, Any], key: str) -> None:
    (markets / "north.yaml").write_text(yaml.safe_dump(MARKET | change), "utf-8")

    with pytest.raises(MarketFaults) as found:
        read_markets(markets, Market)

    assert key in {fault.key for fault in found.value.faults}


def test_a_broken_template_ends_the_start_with_what_to_do(environment: pytest.MonkeyPatch, markets: Path, tmp_path: Path) -> None:
    (tmp_path / "overlay" / "closed").mkdir(parents=True)
    (tmp_path / "overlay" / "closed" / "subject.txt").write_text("{{ nothing_of_that_name }}")
    environment.setenv("TEMPLATES_DIR", str(tmp_path / "overlay"))

    with pytest.raises(SystemExit, match="notifier cannot start: closed in en cannot be written"):
        create_renderer(Settings(), read_markets(markets, Market))


def test_every_mail_can_be_looked_at(markets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (command,) = COMMANDS
    parser = argparse.ArgumentParser()
    command.arguments(parser)

    assert command.run(parser.parse_args([str(tmp_path / "mails"), "--markets", str(markets)])) == 0
    assert "index.html" in capsys.readouterr().out
    written = sorted(path.name for path in (tmp_path / "mails").iterdir())
    shown = re.findall(r'<iframe loading="lazy" title="[^"]*" src="([^"]+)">', (tmp_path / "mails" / "index.html").read_text("utf-8"))
    assert sorted(set(shown)) == [name for name in written if name.endswith(".html") and name != "index.html"]
    assert "north-receipt-buyer-buyer-ticket-de.html" in written
    assert len(written) == len(set(written)) > 500
