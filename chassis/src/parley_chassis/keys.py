"""The public keys of an issuer of tokens: from a file, or from its address with a cache that outlives its outages."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from parley_contracts.problems import UNAVAILABLE

from parley_chassis.problems import Problem
from parley_chassis.settings import TokenSettings

FRESH = 600.0
PAUSE = 30.0
TIMEOUT = 5.0
LARGEST = 1024 * 1024

log = structlog.get_logger(__name__)

Fetch = Callable[[], Awaitable[bytes]]


class KeySet:
    """Keys by their id. An unknown id makes it look again, at most once in 30 s, so that forged tokens cannot make it busy."""

    def __init__(self, fetch: Fetch, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, Key] = {}
        self._read_at = self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    @classmethod
    def of(cls, settings: TokenSettings) -> "KeySet":
        if settings.jwks_file is not None:
            return cls(_from_file(settings.jwks_file))
        return cls(_from_address(settings.jwks_url or ""))

    async def key(self, key_id: str | None) -> Key | None:
        """The key of that id (or the only one, where the token names none); None if the provider has no such key."""
        if self._clock() - self._read_at >= FRESH or self._find(key_id) is None:
            await self._refresh()
        if not self._keys:
            raise Problem(UNAVAILABLE, "An issuer's keys cannot be read at the moment; try again.")
        return self._find(key_id)

    def _find(self, key_id: str | None) -> Key | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    async def _refresh(self) -> None:
        async with self._lock:
            if self._clock() - self._tried_at < PAUSE:
                return
            self._tried_at = self._clock()
            try:
                self._keys = _public_keys(await self._fetch())
                self._read_at = self._tried_at
            except (OSError, ValueError, RecursionError, httpx.HTTPError) as error:
                log.warning("An issuer's keys cannot be read; the known ones stay in use", reason=repr(error), known=len(self._keys))


def _from_file(path: Path) -> Fetch:
    async def fetch() -> bytes:
        return await asyncio.to_thread(path.read_bytes)

    return fetch


def _from_address(url: str) -> Fetch:
    async def fetch() -> bytes:
        async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
            answer = await client.get(url, headers={"accept": "application/json"})
            answer.raise_for_status()
            return answer.content[:LARGEST]

    return fetch


def _public_keys(document: bytes) -> dict[str, Key]:
    listed = json.loads(document)
    entries: Any = listed.get("keys") if isinstance(listed, dict) else None
    if not isinstance(entries, list):
        raise ValueError("the document has no list `keys`; it must be a JWKS")
    keys: dict[str, Key] = {}
    for entry in entries:
        # A shared secret cannot be anybody's public key: accepting one would let its holder sign.
        if not isinstance(entry, dict) or entry.get("kty") not in ("EC", "OKP", "RSA") or entry.get("use", "sig") != "sig":
            continue
        try:
            key = JWKRegistry.import_key(entry)
        except (JoseError, ValueError) as error:
            log.warning("A key of an issuer is not usable and is left out", key_id=str(entry.get("kid"))[:80], reason=str(error)[:200])
            continue
        keys[str(entry.get("kid") or key.thumbprint())] = key
    if not keys:
        raise ValueError("the document has no key that can check signatures")
    return keys
