"""The policy that a person wants to try: a market's file, or what differs from the standard policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sla_monitor.domain.policy import BEGINNING, Entry, Policy
from sla_monitor.settings import MarketPolicy
from sla_monitor.simulate.notation import POLICY_KEYS, Fault, policy


@dataclass(frozen=True, slots=True)
class Terms:
    """Lines that judge every wait of a log from its beginning; ``market`` is the one that they are for, empty for any."""

    entries: tuple[Entry, ...] = (Entry("", BEGINNING, Policy()),)
    market: str = ""


def read_terms(file: str) -> Terms:
    """Read a file that says `response: ...` as a market's does, or `target: 24h` and so on; raises Fault."""
    try:
        raw = yaml.safe_load(Path(file).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise Fault(file, f"cannot be read ({' '.join(str(error).split())})") from None
    if not isinstance(raw, Mapping):
        raise Fault(file, "is not a policy; write `target: 24h` and so on, or give the file of a market")
    if "response" in raw:
        return Terms(tuple(_of_market(file, raw["response"])), str(raw.get("id", "")))
    if unknown := raw.keys() - POLICY_KEYS:
        raise Fault(file, f"{min(map(str, unknown))} is not known; a policy has {', '.join(sorted(POLICY_KEYS))}")
    return Terms((Entry("", BEGINNING, policy(file, raw, Policy())),))


def _of_market(file: str, response: Any) -> list[Entry]:
    try:
        found = MarketPolicy.model_validate(response)
    except ValidationError as error:
        faults = (f"response.{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False))
        raise Fault(file, "; ".join(faults)) from None
    exceptions = [(each.scope(""), each.as_policy()) for each in found.exceptions]
    special = [Entry("", BEGINNING, one, scope.category, scope.seller_id) for scope, one in exceptions]
    return [Entry("", BEGINNING, found.as_policy()), *special]
