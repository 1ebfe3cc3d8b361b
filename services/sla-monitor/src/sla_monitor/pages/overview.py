"""What the page of the engineer on call shows: what is to be done now, what is overdue, and whether the clock itself can see."""

from collections.abc import Iterator
from dataclasses import dataclass

from parley_chassis.formats import exact, span
from parley_chassis.texts import Translate
from parley_contracts.topics import TOPICS

from sla_monitor.domain.words import Side
from sla_monitor.pages.waits import FrozenShown, WaitShown, frozen_of, waits_of
from sla_monitor.ports import Partition
from sla_monitor.use_cases.watching import Overview

SHOWN = 50
"""Lines of each list; what is beyond has a page of its own."""


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that a person must look at: where on the pages, by which command, and the page of the run-book."""

    what: str
    link: str | None
    command: str | None
    runbook: str | None


@dataclass(frozen=True, slots=True)
class PartitionShown:
    """How far one partition was provably read."""

    number: int
    read_to: str | None
    behind: str | None
    blind: bool


@dataclass(frozen=True, slots=True)
class SourceShown:
    """A service whose conversations are followed: how far behind the furthest of its partitions is."""

    service: str
    behind: str | None
    blind: bool
    partitions: list[PartitionShown]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewShown:
    """The whole page."""

    at: str
    todo: list[Todo]
    markets: list[tuple[str, int, int]]
    """Each with how many overdue answers support owes, and how many its sellers."""
    support: list[WaitShown]
    frozen: list[FrozenShown]
    more_frozen: bool
    sources: list[SourceShown]


def overview_of(seen: Overview, language: str, _: Translate) -> OverviewShown:
    """Everything, for a reader of this language."""
    sources = list(_sources(seen, language))
    markets = sorted({market for market, _side in seen.overdue})
    rows = [(market, seen.overdue[market, Side.SUPPORT], seen.overdue[market, Side.SELLER]) for market in markets]
    return OverviewShown(
        at=exact(seen.now),
        todo=list(_todo(seen, sources, _)),
        markets=sorted(rows, key=lambda row: (-row[1], -row[2], row[0])),
        support=waits_of(seen.support[:SHOWN], seen.now, language, _),
        frozen=frozen_of(seen.frozen[:SHOWN], _),
        more_frozen=len(seen.frozen) > SHOWN,
        sources=sources,
    )


def _todo(seen: Overview, sources: list[SourceShown], _: Translate) -> Iterator[Todo]:
    for source in sources:
        if source.blind:
            told = _("The clock is blind for %(service)s: nothing more of it is called overdue until watermarks come again.")
            show = f"parley watermark show {source.service}"
            yield Todo(told % {"service": source.service}, None, show, "ParleyWatermarkOld")
    if owed := sum(number for (_market, side), number in seen.overdue.items() if side is Side.SUPPORT):
        told = _("Overdue answers that support owes: %(number)s. Wake whoever leads support in these markets.")
        yield Todo(told % {"number": owed}, "/on-call/overdue?owed_by=support", None, None)
    if seen.frozen:
        told = _("Clocks stand still, because a record is parked. Decide about it: until then nobody is told what falls due there.")
        yield Todo(told, "/on-call/parked", None, "ParleyClockFrozen")


def _sources(seen: Overview, language: str) -> Iterator[SourceShown]:
    for topic in (each for each in TOPICS if each.watermarks):
        places = sorted((place for place in seen.watermarks if place.topic == topic.name), key=lambda place: place.number)
        behind = [seen.behind(place) for place in places]
        known = [each for each in behind if each is not None]
        yield SourceShown(
            service=topic.publisher,
            behind=span(max(known), language) if known and len(known) == len(behind) else None,
            blind=any(map(seen.blind, places)),
            partitions=[_partition(seen, place, language) for place in places],
        )


def _partition(seen: Overview, place: Partition, language: str) -> PartitionShown:
    watermark, behind = seen.watermarks[place], seen.behind(place)
    return PartitionShown(
        place.number,
        exact(watermark) if watermark else None,
        None if behind is None else span(behind, language),
        seen.blind(place),
    )
