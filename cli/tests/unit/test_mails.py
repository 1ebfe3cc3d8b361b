"""`parley mails` and `parley suppressed` against the notifier's own routes: shown first, done with a reason."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from notifier.domain.words import State
from notifier.http import REFUSALS, ROUTERS
from notifier.testing.builders import AT, a_dead_address, a_delivery, a_party
from notifier.testing.desk import MemoryDesk
from parley.__main__ import main

Serve = Callable[..., None]
WHY = ("--reason", "the mailbox works again")


@pytest.fixture
def desk() -> MemoryDesk:
    """A mail that was refused, one that was sent, and an address that is dead since."""
    desk = MemoryDesk(AT)
    desk.people.put(a_party("anna"))
    desk.deliveries.put(a_delivery(id="d-1").claim(desk.now, timedelta(1)).rejected(1, desk.now, reason="RCPT: 550", code=550))
    desk.deliveries.put(a_delivery(id="d-3").claim(desk.now, timedelta(1)).sent(1, desk.now, 250))
    desk.dead_addresses.put(a_dead_address())
    return desk


@pytest.fixture(autouse=True)
def notifier(desk: MemoryDesk, serve: Serve) -> None:
    """The routes on that desk, at an address that the command knows."""

    async def transact(use_case: Any, *arguments: Any, **options: Any) -> Any:
        return await use_case(desk, *arguments, **options)

    serve("NOTIFIER", ROUTERS, REFUSALS, transact, markets=frozenset({"north", "south"}))


def test_a_refused_mail_is_found_and_sent_again_with_a_reason(desk: MemoryDesk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mails", "list", "--state", "rejected", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "d-1"

    assert main(["mails", "resend", "d-1"]) == 0
    assert "which is rejected.\nNothing was changed. Give --reason to do it." in capsys.readouterr().out
    assert desk.deliveries.rows["d-1"].state is State.REJECTED

    assert main(["mails", "resend", "d-1", *WHY]) == 0
    assert capsys.readouterr().out.endswith("notifier: retry\n")
    assert desk.deliveries.rows["d-1"].state is State.RETRY


def test_what_was_sent_is_not_sent_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mails", "resend", "d-3", *WHY]) == 1
    assert "It cannot be sent again as it stands." in capsys.readouterr().err
    assert main(["mails", "show", "d-9"]) == 1
    assert "(404)" in capsys.readouterr().err


def test_a_dead_address_is_found_and_gets_mail_again_with_a_reason(desk: MemoryDesk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suppressed", "list", "--json"]) == 0
    dead = json.loads(capsys.readouterr().out)
    assert "anna@people.example" not in str(dead)

    assert main(["suppressed", "lift", dead["id"]]) == 0
    assert "Nothing was changed. Give --reason to do it." in capsys.readouterr().out
    assert desk.dead_addresses.rows

    assert main(["suppressed", "lift", dead["id"], *WHY]) == 0
    assert main(["suppressed", "list"]) == 0
    assert capsys.readouterr().out.endswith("notifier: done\nNo address is suppressed.\n")


def test_mail_is_paused_and_goes_on_with_a_reason(desk: MemoryDesk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mails", "pause", "--market", "north"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("pause mail of north: 0 mails are due and 0 fall due later. A pause does not lengthen the five days")
    assert shown.endswith("Nothing was changed. Give --reason to do it.\n")
    assert desk.pauses.rows == {}

    assert main(["mails", "pause", "--market", "north", *WHY]) == 0
    assert main(["mails", "pause", *WHY]) == 0
    assert "Lift it with `parley mails resume --market north --reason …`" in capsys.readouterr().out
    assert main(["mails", "pauses", "--json"]) == 0
    assert [json.loads(line)["scope"] for line in capsys.readouterr().out.splitlines()] == ["all", "north"]

    assert main(["mails", "resume", "--market", "north"]) == 0
    assert "The pause of all stands beside it and holds its mail all the same.\nNothing was changed." in capsys.readouterr().out
    assert main(["mails", "resume", *WHY]) == 0
    assert main(["mails", "resume", "--market", "north", *WHY]) == 0
    assert main(["mails", "pauses"]) == 0
    assert capsys.readouterr().out.endswith("notifier: done\nNo mail is paused.\n")


def test_what_is_paused_already_or_no_market_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mails", "pause", *WHY]) == 0
    assert main(["mails", "pause", *WHY]) == 1
    assert f"by sam: {WHY[1]}" in capsys.readouterr().err
    assert main(["mails", "resume", "--market", "south", *WHY]) == 1
    assert "Mail of south is not paused. Look with `parley mails pauses`." in capsys.readouterr().err
    assert main(["mails", "pause", "--market", "sout", *WHY]) == 1
    assert "There is no market 'sout'. Name one of north, south, or all for all mail." in capsys.readouterr().err
