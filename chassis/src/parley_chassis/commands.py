"""What the runner of use cases takes and gives: the key of a command, its answer, and why it was not run."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class CommandKey:
    """Names one request: the same principal, route and ``Idempotency-Key`` act once.

    ``fingerprint`` is the SHA-256 of the canonical body; another one under the same key is refused.
    """

    principal: str
    route: str
    key: str
    fingerprint: str

    @property
    def id(self) -> str:
        """The identity of the command, which events give as the cause: ``command:<id>``."""
        return sha256("\x00".join((self.principal, self.route, self.key)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answers. A repeated request gets the same one, with ``replayed`` set."""

    status: int
    body: dict[str, Any]
    etag: str | None = None
    location: str | None = None
    replayed: bool = False

    @property
    def accepted(self) -> bool:
        """Only such an answer is kept: what was refused may be tried again."""
        return 200 <= self.status < 300

    def again(self) -> Self:
        """The same answer to the same request."""
        return replace(self, replayed=True)


class NotRun(Exception):
    """The command was not run, or nobody knows whether it was."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or type(self).__doc__)


class KeyReused(NotRun):
    """This Idempotency-Key came with another body before; use a new key for a new request."""


class RequestRunning(NotRun):
    """The same request is running; wait and send it again with the same Idempotency-Key."""


class UnknownOutcome(NotRun):
    """The database did not confirm the commit; send the request again with the same Idempotency-Key to learn the outcome."""


class ClockSkew(NotRun):
    """The database's clock and this host's differ by more than two seconds; nothing was changed, synchronise them and try again."""


class Busy(NotRun):
    """The database could not run the transaction in time; nothing was changed, try again."""
