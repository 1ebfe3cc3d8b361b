"""Keep the policy book: what the market files say becomes valid ahead of everything that was read."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sla_monitor.domain.policy import BEGINNING, Entry, Policy, PolicyBook, Scope
from sla_monitor.ports import Transaction

AHEAD = timedelta(seconds=60)
"""How far after now, and after the highest watermark, a new version becomes valid: by then every worker reads it."""


class VersionKept(ValueError):
    """A response policy has changed and its version has not."""


async def adopt(tx: Transaction, policies: Mapping[str, Policy], exceptions: Mapping[Scope, Policy] | None = None) -> list[Entry]:
    """Add the versions that the book does not have yet; those of a market that is new are valid from the beginning of time.

    ``policies`` are those of whole markets. An exception that is left out goes on, because a worker with an older file must
    not end it; one that ``ends`` does.
    """
    book = await tx.policies.book()
    read_to = [watermark for watermark in (await tx.watermarks()).values() if watermark]
    valid_from = max(tx.now, *read_to) + AHEAD if read_to else tx.now + AHEAD
    wanted = {Scope(market): policy for market, policy in policies.items()} | dict(exceptions or {})
    added = [entry for scope, policy in wanted.items() if (entry := _next(book, scope, policy, valid_from))]
    if added:
        await tx.policies.add(added)
    return added


def _next(book: PolicyBook, scope: Scope, policy: Policy, valid_from: datetime) -> Entry | None:
    known = [entry.policy for entry in book.entries if entry.scope == scope]
    if policy in known:
        return None
    newest = max((each.version for each in known), default=0)
    if policy.version <= newest:
        raise VersionKept(
            f"{scope}: its response policy differs from version {newest}, which holds; write {_where(scope)}: {newest + 1} "
            "into the market's file, so that an overdue answer names the version that judged it"
        )
    is_new = all(entry.market != scope.market for entry in book.entries)
    return Entry(scope.market, BEGINNING if is_new else valid_from, policy, scope.category, scope.seller_id)


def _where(scope: Scope) -> str:
    return "response.version" if scope == Scope(scope.market) else "version of this one of response.exceptions"
