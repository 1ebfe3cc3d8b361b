"""The keys of the local stack: made at the first start, kept in its folder, readable by their owner alone."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from joserfc.jwk import ECKey, KeySet


def link_keys_file(folder: Path) -> Path:
    """The key that direct links are signed with."""
    return _kept(folder / "keys" / "links.txt", lambda: secrets.token_hex(32) + "\n")


def signing_key(folder: Path, issuer: str) -> ECKey:
    """The private key of an issuer of tokens."""
    return ECKey.import_key(json.loads(_kept(folder / "keys" / f"{issuer}.json", lambda: _new_key(issuer)).read_text()))


def jwks_file(folder: Path, issuer: str) -> Path:
    """The file with its public half, which services check its tokens with."""
    path = folder / "keys" / f"{issuer}.jwks.json"
    public = KeySet([signing_key(folder, issuer)]).as_dict(private=False)
    path.write_text(json.dumps(public, indent=1))
    return path


def _new_key(issuer: str) -> str:
    key = ECKey.generate_key("P-256", {"kid": f"{issuer}-{secrets.token_hex(4)}", "use": "sig", "alg": "ES256"})
    return json.dumps(key.as_dict(private=True), indent=1)


def _kept(path: Path, new: Callable[[], str]) -> Path:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(new())
    return path
