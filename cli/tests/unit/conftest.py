"""Services' own routes at an address that the command knows."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import APIRouter, FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey
from parley_chassis import problems
from parley_chassis.auth import Authenticator
from parley_chassis.problems import Becomes
from parley_chassis.settings import AuthSettings

KEY = ECKey.generate_key("P-256", {"kid": "k"})


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Serve the routes of a service on a runner of its use cases; the command is the engineer on call's."""
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    claims = {"iss": "id", "aud": "parley", "sub": "sam", "exp": int(time.time()) + 600, "roles": ["oncall"]}
    monkeypatch.setenv("PARLEY_TOKEN", jwt.encode({"alg": "ES256", "kid": "k"}, claims, KEY, algorithms=["ES256"]))

    def begin(service: str, routers: Sequence[APIRouter], refusals: Mapping[type[Exception], Becomes], transact: Any, **state: Any) -> None:
        app = FastAPI()
        problems.install(app)
        problems.register(app, refusals)
        app.state.authenticator, app.state.transact = Authenticator(AuthSettings(issuer="id", jwks_file=jwks)), transact
        for name, value in state.items():
            setattr(app.state, name, value)
        for router in routers:
            app.include_router(router)
        monkeypatch.setenv(f"PARLEY_{service}_URL", f"http://127.0.0.1:{running.enter_context(_listening(app))}")

    with ExitStack() as running:
        yield begin


@contextmanager
def _listening(app: FastAPI) -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    socket = server.config.bind_socket()
    thread = threading.Thread(target=server.run, args=([socket],))
    thread.start()
    try:
        yield socket.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        socket.close()
