"""People who leave while the faults last: each has a mark in all that is personal of them, so that whatever is left can be found."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from parley_contracts.marketplace import PartyKind
from parley_local.people import Person, Shop

from parley_drill.marketplace import Market


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who is to be erased. ``mark`` stands in the name, in the address and in all that is written about them."""

    id: str
    kind: str
    mark: str
    address: str | None = None

    @classmethod
    def of(cls, who: Person | Shop) -> Self:
        kind = who.kind.value if isinstance(who, Person) else PartyKind.SELLER.value
        return cls(who.id, kind, who.name.split()[-1], who.email if isinstance(who, Person) else None)

    def told(self) -> dict[str, Any]:
        """For the file, and for ``Marks``."""
        return {"id": self.id, "kind": self.kind, "mark": self.mark, "address": self.address}


def marked(*names: object) -> str:
    """A mark like no other word: letters and digits alone, so that no encoding changes it."""
    return f"gone{sha256('/'.join(map(str, names)).encode()).hexdigest()[:16]}"


def leaving(number: int, market: Market) -> Market:
    """The people of one wave who leave the market: a buyer, and a shop with two members, of whom one stays."""

    def person(role: str, kind: PartyKind, name: str, domain: str, **more: Any) -> Person:
        return Person(f"{prefix}{role}", name, kind, market.id, "en", "DE", domain=domain, **more)

    prefix = f"leaving-{number}-"
    buyer, member, shop = (marked(market.id, number, role) for role in ("buyer", "member", "shop"))
    return Market(
        market.id,
        f"{marked(market.id, number, 'guest')}.example",
        buyers=(person("buyer", PartyKind.BUYER, f"Lee {buyer}", f"{buyer}.example"),),
        shops=(Shop(f"{prefix}shop", f"Shop {shop}", market.id),),
        members=(
            person("member", PartyKind.MEMBER, f"Lou {member}", f"{member}.example", shop=f"{prefix}shop"),
            person("colleague", PartyKind.MEMBER, "Who stays", market.domain, shop=f"{prefix}shop"),
        ),
        agents=(),
    )


def members_of(shop_id: str) -> list[set[str]]:
    """Who may be mailed for such a shop: both members, until one of them is gone."""
    prefix = shop_id.removesuffix("shop")
    return [{f"{prefix}member", f"{prefix}colleague"}, {f"{prefix}colleague"}]


class Marks:
    """All that must not be found any more: the marks of these people, and the digests under which addresses are kept."""

    def __init__(self, erasures: Iterable[Mapping[str, Any]]) -> None:
        people = list(erasures)
        self._whose = {each["mark"].encode(): (each["id"], "the mark") for each in people}
        for each in people:
            if each.get("address"):
                self._whose[sha256(each["address"].lower().encode()).hexdigest().encode()] = each["id"], "the digest of the address"
        self._ids = {each["id"].encode(): (each["id"], "the id") for each in people}
        self._marks, self._named = _any_of(self._whose), _any_of(self._ids)

    def found(self, *texts: bytes | None) -> set[tuple[str, str]]:
        """Whose mark stands there, and what it is."""
        return {self._whose[each] for text in texts if text for each in self._marks.findall(text.lower())}

    def named(self, text: bytes) -> set[tuple[str, str]]:
        """Whose id stands there: ids stay in events, but not beside what belongs to the person."""
        return {self._ids[each] for each in self._named.findall(text)}

    def __bool__(self) -> bool:
        return bool(self._whose)


def _any_of(words: Iterable[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, words)) or rb"(?!)")
