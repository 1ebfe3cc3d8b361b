"""Who somebody is follows from a token or, where links are welcome, from a link."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from parley_chassis import problems
from parley_chassis.auth import Authenticator, Principal, signed_in, signed_in_or_link, signed_in_or_nobody
from parley_chassis.links import LINK_LIFETIME, LinkClaims, Links
from parley_chassis.problems import Problem
from parley_chassis.sessions import Sessions
from parley_chassis.settings import AuthSettings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = int(NOON.timestamp())
ISSUER = "https://id.example.com"

ED = OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER = OKPKey.generate_key("Ed25519", {"kid": "ed"})
JWKS = {"keys": [key.as_dict(private=False) for key in (ED, EC, RSA)]}
CLAIMS: dict[str, Any] = {"iss": ISSUER, "aud": "parley", "sub": "buyer-1", "iat": NOW, "exp": NOW + 300, "roles": ["buyer"]}


def authenticator(tmp_path: Path, document: Any = None, **settings: Any) -> Authenticator:
    """One that knows the provider's keys, at noon."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(JWKS if document is None else document))
    return Authenticator(AuthSettings(issuer=ISSUER, jwks_file=file, **settings), now=lambda: NOON)


def signed(claims: dict[str, Any] | None = None, *, key: Any = ED, alg: str = "Ed25519", drop: tuple[str, ...] = (), **header: Any) -> str:
    """A token of the provider."""
    whole = {name: value for name, value in {**CLAIMS, **(claims or {})}.items() if name not in drop}
    return jwt.encode({"alg": alg, "kid": key.kid, **header}, whole, key, algorithms=[alg])


async def test_roles_and_rights_come_from_the_claims_that_are_configured(tmp_path: Path) -> None:
    asking = authenticator(
        tmp_path,
        roles_claim="realm_access.roles",
        seller_ids_claim="https://shop.example/sellers",
        markets_claim="m",
        language_claim="lang",
    )
    token = signed(
        {
            "realm_access": {"roles": ["offline_access", "seller", "support", 7]},
            "https://shop.example/sellers": "shop-1, shop-2",
            "m": ["de"],
            "scope": "inlet texts",
            "lang": "de-AT",
        }
    )

    principal = await asking.from_bearer(token)

    assert principal.roles == {"seller", "support"}
    assert principal.role == "support"
    assert principal.seller_ids == {"shop-1", "shop-2"}
    assert principal.markets == {"de"}
    assert principal.scopes == {"inlet", "texts"}
    assert principal.language == "de-AT"
    assert principal.link is None


@pytest.mark.parametrize("roles", [None, [], "admin", {"buyer": True}, 7, ["Support", "SUPPORT ", "guest", "system"]])
async def test_an_account_without_a_role_of_ours_is_a_buyers(tmp_path: Path, roles: Any) -> None:
    principal = await authenticator(tmp_path).from_bearer(signed({"roles": roles}))

    assert (principal.role, principal.roles) == ("buyer", {"buyer"})


async def test_a_good_token_is_checked_once_a_minute_and_never_after_its_end(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(JWKS))
    time = NOON
    asking = Authenticator(AuthSettings(issuer=ISSUER, jwks_file=file, leeway=timedelta()), now=lambda: time)
    long, short = signed(), signed({"exp": NOW + 10})

    first = await asking.from_bearer(long)
    assert await asking.from_bearer(long) is first
    assert await asking.from_bearer(short)

    time = NOON + timedelta(seconds=10)
    with pytest.raises(Problem, match="token-expired"):
        await asking.from_bearer(short)
    time = NOON + timedelta(seconds=60)
    assert await asking.from_bearer(long) is not first


async def test_no_number_of_tokens_fills_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley_chassis.auth._REMEMBERED", 2)
    asking = authenticator(tmp_path)
    first, *others = (signed({"sub": f"buyer-{n}"}) for n in range(4))
    known = await asking.from_bearer(first)
    for token in others:
        await asking.from_bearer(token)

    assert await asking.from_bearer(first) is not known


CONVERSATION = LinkClaims("c-1", "buyer-1", "buyer", NOON)
LINKS = Links(["k" * 40], now=lambda: NOON)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who asks a service."""
    app = FastAPI()
    problems.install(app)
    app.state.authenticator = authenticator(tmp_path)
    app.state.links = LINKS
    issuer = AuthSettings(issuer=ISSUER, jwks_file=tmp_path / "jwks.json")
    app.state.sessions = Sessions(issuer, issuer, ["k" * 40], service="help", address="https://help.example.com", now=lambda: NOON)

    def shown(principal: Principal) -> dict[str, Any]:
        return {"party": principal.party_id, "role": principal.role, "link": principal.link and principal.link.conversation_id}

    @app.get("/anybody")
    async def anybody(principal: Annotated[Principal, Depends(signed_in())]) -> dict[str, Any]:
        return shown(principal)

    @app.get("/support")
    async def support(principal: Annotated[Principal, Depends(signed_in("support", "oncall"))]) -> dict[str, Any]:
        return shown(principal)

    @app.get("/inlet")
    async def inlet(principal: Annotated[Principal, Depends(signed_in("service", scope="inlet"))]) -> dict[str, Any]:
        return shown(principal)

    @app.get("/linked")
    async def linked(principal: Annotated[Principal, Depends(signed_in_or_link(cookie="parley-link"))]) -> dict[str, Any]:
        return shown(principal)

    @app.get("/open")
    async def open_(principal: Annotated[Principal | None, Depends(signed_in_or_nobody("buyer"))]) -> dict[str, Any]:
        return shown(principal) if principal else {"party": None}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as asking:
        yield asking


@pytest.mark.parametrize("value", [None, "", "Bearer", "Basic YTpi", "bearer  "])
async def test_nobody_is_asked_to_sign_in(client: httpx.AsyncClient, value: str | None) -> None:
    answer = await client.get("/anybody", headers={"authorization": value} if value is not None else {})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["type"] in ("/problems/sign-in-needed", "/problems/token-invalid")


async def test_who_may_not_do_it_is_told_so(client: httpx.AsyncClient) -> None:
    buyer, support = ({"authorization": f"Bearer {signed({'roles': [role]})}"} for role in ("buyer", "support"))

    assert (await client.get("/anybody", headers=buyer)).json()["party"] == "buyer-1"
    assert (await client.get("/support", headers=buyer)).json()["type"] == "/problems/role-not-allowed"
    assert (await client.get("/support", headers=support)).status_code == 200


async def test_a_service_needs_the_scope(client: httpx.AsyncClient) -> None:
    with_scope, without = ({"authorization": f"Bearer {signed({'roles': ['service'], 'scope': scope})}"} for scope in ("inlet", "inlets"))

    assert (await client.get("/inlet", headers=with_scope)).status_code == 200
    refused = await client.get("/inlet", headers=without)
    assert (refused.status_code, refused.json()["detail"]) == (403, "The token needs the scope inlet.")


async def test_a_problem_speaks_the_language_of_the_token(client: httpx.AsyncClient) -> None:
    answer = await client.get("/support", headers={"authorization": f"Bearer {signed({'locale': 'de'})}", "accept-language": "en"})

    assert answer.json()["title"] == "Das dürfen Sie hier nicht."


async def test_a_link_opens_what_links_may_open(client: httpx.AsyncClient) -> None:
    by_header = await client.get("/linked", headers={"authorization": f"Link {LINKS.mint(CONVERSATION)}"})
    by_cookie = await client.get("/linked", headers={"cookie": f"parley-link={LINKS.cookie(CONVERSATION)}"})

    assert by_header.json() == by_cookie.json() == {"party": "buyer-1", "role": "buyer", "link": "c-1"}
    assert (await client.get("/anybody", headers={"authorization": f"Link {LINKS.mint(CONVERSATION)}"})).status_code == 403


async def test_a_sign_in_beats_a_link(client: httpx.AsyncClient) -> None:
    headers = {
        "authorization": f"Bearer {signed({'sub': 'seller-7', 'roles': ['seller']})}",
        "cookie": f"parley-link={LINKS.cookie(CONVERSATION)}",
    }

    assert (await client.get("/linked", headers=headers)).json() == {"party": "seller-7", "role": "seller", "link": None}


async def test_an_old_link_is_gone_and_a_forged_one_invalid(client: httpx.AsyncClient) -> None:
    old = LINKS.mint(LinkClaims("c-1", "buyer-1", "buyer", NOON - LINK_LIFETIME))

    assert (await client.get("/linked", headers={"authorization": f"Link {old}"})).json()["type"] == "/problems/link-expired"
    assert (await client.get("/linked", headers={"authorization": "Link a.b.c"})).json()["type"] == "/problems/token-invalid"
    assert (await client.get("/linked", headers={"cookie": "parley-link=a.b.c"})).json()["type"] == "/problems/token-invalid"
    assert (await client.get("/linked")).json()["type"] == "/problems/sign-in-needed"


async def test_where_nobody_needs_to_sign_in_a_token_that_is_sent_must_be_good_all_the_same(client: httpx.AsyncClient) -> None:
    buyer, support = ({"authorization": f"Bearer {signed({'roles': [role]})}"} for role in ("buyer", "support"))
    link = {"authorization": f"Link {LINKS.mint(CONVERSATION)}"}

    assert (await client.get("/open")).json() == (await client.get("/open", headers=link)).json() == {"party": None}
    assert (await client.get("/open", headers=buyer)).json()["party"] == "buyer-1"
    assert (await client.get("/open", headers=support)).json()["type"] == "/problems/role-not-allowed"
    for bad in ("Bearer", "Bearer a.b.c", f"Bearer {signed({'exp': NOW - 300})}"):
        assert (await client.get("/open", headers={"authorization": bad})).status_code == 401
