"""An identity provider and a mailer of links for tests: it signs for whom the test names."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey
from parley_chassis.links import LinkClaims, Links, read_keys

ISSUER = "https://id.example.com"


class Issuer:
    """Keeps its keys in a folder, where the settings of a service under test find them."""

    def __init__(self, folder: Path) -> None:
        self._key = OKPKey.generate_key("Ed25519", {"kid": "test", "use": "sig"})
        self.jwks_file = folder / "jwks.json"
        self.jwks_file.write_text(json.dumps({"keys": [self._key.as_dict(private=False)]}))
        self.link_keys_file = folder / "link-keys"
        self.link_keys_file.write_text("dev-" + "k" * 40)
        self.links = Links(read_keys(self.link_keys_file))

    def settings(self, folder: Path, **more: Any) -> dict[str, Any]:
        """What a service's settings need to trust this issuer; nothing of it is listened on."""
        return {
            "environment": "test",
            "mongodb_uri": "mongodb://127.0.0.1:1/?directConnection=true",
            "kafka_bootstrap_servers": "127.0.0.1:1",
            "http_port": 8080,
            "probe_port": 8081,
            "worker_port": 8082,
            "public_url": "https://help.example.com",
            "markets_dir": folder,
            "auth": {"issuer": ISSUER, "jwks_file": self.jwks_file},
            "shop": {"issuer": ISSUER, "jwks_file": self.jwks_file},
            "link_keys_file": self.link_keys_file,
            **more,
        }

    def bearer(self, party_id: str, *roles: str, lives: timedelta = timedelta(minutes=5), **claims: Any) -> dict[str, str]:
        """The header of somebody who is signed in."""
        return {"authorization": f"Bearer {self.token(party_id, *roles, lives=lives, **claims)}"}

    def token(self, party_id: str, *roles: str, lives: timedelta = timedelta(minutes=5), at: datetime | None = None, **claims: Any) -> str:
        """What it signs about somebody; a claim that is None is left out."""
        now = at or datetime.now(UTC)
        whole = {
            "iss": ISSUER,
            "aud": "parley",
            "sub": party_id,
            "iat": int(now.timestamp()),
            "exp": int((now + lives).timestamp()),
            "roles": list(roles),
            **claims,
        }
        given = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode({"alg": "Ed25519", "kid": "test"}, given, self._key, algorithms=["Ed25519"])

    def link(self, conversation_id: str, party_id: str, role: str, *, issued_at: datetime | None = None) -> dict[str, str]:
        """The header of somebody who follows a link."""
        claims = LinkClaims(conversation_id, party_id, role, issued_at or datetime.now(UTC).replace(microsecond=0))
        return {"authorization": f"Link {self.links.mint(claims)}"}
