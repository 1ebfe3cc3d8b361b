"""The issuer's keys are read when they are needed, kept while it is down, and never a reason to ask it without end."""

import json

import httpx
import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from parley_chassis.keys import KeySet
from parley_chassis.problems import Problem

ED = OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
JWKS = {"keys": [key.as_dict(private=False) for key in (ED, EC, RSA)]}


class Provider:
    """The identity provider, as its keys are asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.time = 0.0
        self.answer: bytes | Exception = json.dumps(JWKS).encode()
        self.keys = KeySet(self.fetch, clock=lambda: self.time)

    async def fetch(self) -> bytes:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_the_keys_are_asked_for_once_and_again_when_they_are_old() -> None:
    provider = Provider()
    for _ in range(5):
        assert await provider.keys.key("ed")
    assert provider.asked == 1

    provider.time = 601
    assert await provider.keys.key("ec")
    assert provider.asked == 2


async def test_a_new_key_is_found_and_forged_key_ids_do_not_make_us_ask_without_end() -> None:
    provider = Provider()
    assert await provider.keys.key("ed")
    provider.answer = json.dumps({"keys": [{**EC.as_dict(private=False), "kid": "new"}]}).encode()

    provider.time = 31
    assert await provider.keys.key("new")
    for name in range(1000):
        assert await provider.keys.key(f"forged-{name}") is None
    assert provider.asked == 2


async def test_while_the_provider_is_down_the_known_keys_stay_in_use() -> None:
    provider = Provider()
    assert await provider.keys.key("ed")
    provider.time, provider.answer = 10_000, httpx.ConnectError("down")

    assert await provider.keys.key("ed")


@pytest.mark.parametrize(
    "answer",
    [httpx.ConnectError("down"), OSError("no file"), b"<html>", b"[]", b'{"keys": []}', b'{"keys": [{"kty": "oct", "k": "AA"}, 7, {}]}'],
)
async def test_without_any_key_nobody_is_judged_and_the_caller_may_try_later(answer: bytes | Exception) -> None:
    provider = Provider()
    provider.answer = answer

    with pytest.raises(Problem) as problem:
        await provider.keys.key("ed")
    assert (problem.value.kind.name, problem.value.kind.retry) == ("unavailable", "later")


async def test_one_bad_key_does_not_spoil_the_others() -> None:
    provider = Provider()
    strange = [{"kty": "EC", "crv": "P-256", "x": "AA"}, {"kty": "ML-DSA"}, {**RSA.as_dict(private=False), "use": "enc", "kid": "enc"}]
    provider.answer = json.dumps({"keys": [*strange, *JWKS["keys"]]}).encode()

    assert await provider.keys.key("ed")
    assert await provider.keys.key("enc") is None


async def test_a_single_key_needs_no_name() -> None:
    provider = Provider()
    provider.answer = json.dumps({"keys": [ED.as_dict(private=False)]}).encode()

    assert await provider.keys.key(None)
