"""`parley mails` and `parley suppressed` against the notifier's own routes: shown first, done with a reason."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey
from notifier.domain.words import State
from notifier.http import REFUSALS, ROUTERS
from notifier.testing.builders import AT, a_dead_address, a_delivery, a_party
from notifier.testing.desk import MemoryDesk
from parley.__main__ import main
from parley_chassis import problems
from parley_chassis.auth import Authenticator
from parley_chassis.settings import AuthSettings

KEY = ECKey.generate_key("P-256", {"kid": "k"})
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
def notifier(desk: MemoryDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The routes on that desk, at an address that the command knows."""
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))

    async def transact(use_case: Any, *arguments: Any, **options: Any) -> Any:
        return await use_case(desk, *arguments, **options)

    app = FastAPI()
    problems.install(app)
    problems.register(app, REFUSALS)
    app.state.authenticator, app.state.transact = Authenticator(AuthSettings(issuer="id", jwks_file=jwks)), transact
    for router in ROUTERS:
        app.include_router(router)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    listening = server.config.bind_socket()
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    claims = {"iss": "id", "aud": "parley", "sub": "sam", "exp": int(time.time()) + 600, "roles": ["oncall"]}
    monkeypatch.setenv("PARLEY_NOTIFIER_URL", f"http://127.0.0.1:{listening.getsockname()[1]}")
    monkeypatch.setenv("PARLEY_TOKEN", jwt.encode({"alg": "ES256", "kid": "k"}, claims, KEY, algorithms=["ES256"]))
    yield
    server.should_exit = True
    thread.join()
    listening.close()


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
