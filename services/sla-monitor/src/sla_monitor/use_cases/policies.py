"""Keep the policy book: what the market files say becomes valid ahead of everything that was read."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sla_monitor.domain.policy import BEGINNING, Entry, Policy, PolicyBook
from sla_monitor.ports import Transaction

AHEAD = timedelta(seconds=60)
"""How far after now, and after the highest watermark, a new version becomes valid: by then every worker reads it."""


class VersionKept(ValueError):
    """A market's response policy has changed and its version has not."""


async def adopt(tx: Transaction, policies: Mapping[str, Policy]) -> list[Entry]:
    """Add the versions that the book does not have yet; a market's first one is valid from the beginning of time."""
    book = await tx.policies.book()
    read_to = [watermark for watermark in (await tx.watermarks()).values() if watermark]
    valid_from = max(tx.now, *read_to) + AHEAD if read_to else tx.now + AHEAD
    added = [entry for market, policy in policies.items() if (entry := _next(book, market, policy, valid_from))]
    if added:
        await tx.policies.add(added)
    return added


def _next(book: PolicyBook, market: str, policy: Policy, valid_from: datetime) -> Entry | None:
    known = [entry.policy for entry in book.entries if entry.market == market]
    if policy in known:
        return None
    newest = max((each.version for each in known), default=0)
    if policy.version <= newest:
        raise VersionKept(
            f"market {market}: its response policy differs from version {newest}, which holds; "
            f"write response.version: {newest + 1} into its file, so that an overdue answer names the version that judged it"
        )
    return Entry(market, valid_from if known else BEGINNING, policy)
