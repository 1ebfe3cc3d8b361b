"""What pages show of waits: a line of a list, and one wait with everything that moved it. Ids and times, never who or what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from parley_chassis.formats import exact, span
from parley_chassis.texts import Translate
from parley_contracts.topics import TOPICS

from sla_monitor.domain.responses import Response
from sla_monitor.domain.steps import Step, steps
from sla_monitor.domain.words import Outcome, Retraction, Side
from sla_monitor.pages import words
from sla_monitor.ports import Kept
from sla_monitor.use_cases.questions import Explained


@dataclass(frozen=True, slots=True)
class WaitShown:
    """A line of a list."""

    id: str
    number: str
    market: str
    category: str
    owed_by: str
    over: str
    due: str


def waits_of(responses: Sequence[Response], now: datetime, language: str, _: Translate) -> list[WaitShown]:
    return [
        WaitShown(
            id=each.cycle.id,
            number=each.number,
            market=each.market,
            category=words.category(_, each.category),
            owed_by=words.side(_, each.cycle.owed_by),
            over=span(-each.left(now), language),
            due=exact(each.cycle.due),
        )
        for each in responses
    ]


@dataclass(frozen=True, slots=True)
class FrozenShown:
    """A conversation whose clock stands still, and the waits in it that nobody is told of."""

    conversation_id: str
    topic: str
    waits: list[tuple[str, str, str]]


def frozen_of(found: Sequence[Kept], _: Translate) -> list[FrozenShown]:
    return [
        FrozenShown(
            kept.conversation.id, kept.topic, [(each.id, words.side(_, each.owed_by), exact(each.due)) for each in kept.conversation.open]
        )
        for kept in found
    ]


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step: what it was, when it counts from, and what decided it."""

    what: str
    at: str
    event: str | None
    sequence: int | None
    watermark: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedShown:
    """One wait and what proves it."""

    id: str
    number: str
    state: str
    over: str | None
    left: str | None
    facts: list[tuple[str, str]]
    """What it belongs to, by its name."""
    steps: list[StepShown]
    frozen: bool
    topic: str
    conversation_id: str


def explained_of(explained: Explained, language: str, _: Translate) -> ExplainedShown:
    """One wait, for a reader of this language."""
    response, now = explained.response, explained.now
    left, late_by = response.left(now), response.settled.late_by if response.settled else None
    over = late_by or (-left if response.cycle.overdue and not response.settled else None)
    return ExplainedShown(
        id=response.cycle.id,
        number=response.number,
        state=words.state(_, response),
        over=span(over, language) if over else None,
        left=span(left, language) if not response.settled and left > timedelta() else None,
        facts=_facts(explained, language, _),
        steps=[_step(each, language, _) for each in steps(response)],
        frozen=explained.frozen,
        topic=next((topic.name for topic in TOPICS if topic.watermarks and f"/{topic.publisher}" == response.source), ""),
        conversation_id=response.conversation_id,
    )


def _facts(explained: Explained, language: str, _: Translate) -> list[tuple[str, str]]:
    response, line = explained.response, explained.policy
    cycle = response.cycle
    policy = f"{cycle.policy}, {cycle.policy_version}"
    found = [
        (_("Owed by"), words.side(_, cycle.owed_by)),
        (_("Began"), exact(cycle.start)),
        (_("Due"), exact(cycle.due)),
        (_("Policy, version"), policy),
    ]
    if line:
        target = line.policy.target if cycle.owed_by is Side.SELLER else line.policy.support_target
        found.append((_("Time to answer"), span(target, language)))
    return [
        *found,
        (_("Market"), response.market),
        (_("Category"), words.category(_, response.category)),
        (_("Conversation"), f"{response.conversation_id} ({response.source.removeprefix('/')})"),
        (_("Seller"), response.seller_id),
        (_("Log read to"), exact(explained.watermark) if explained.watermark else _("not known")),
    ]


def _step(step: Step, language: str, _: Translate) -> StepShown:
    return StepShown(
        what=_told(step, language, _),
        at=exact(step.at),
        event=step.by,
        sequence=step.sequence,
        watermark=exact(step.watermark) if step.watermark else None,
    )


def _told(step: Step, language: str, _: Translate) -> str:
    """What happened. The detail of a step is the word that its kind has one of."""
    detail = step.detail or ""
    match step.what:
        case "expected":
            return _("An answer is expected from %(side)s") % {"side": words.side(_, Side(detail))}
        case "due_soon":
            return _("Warned after %(time)s") % {"time": span(timedelta(seconds=int(detail)), language)}
        case "overdue":
            return _("Overdue")
        case "retracted":
            return _("Overdue taken back: %(why)s") % {"why": words.retraction(_, Retraction(detail))}
        case _other:
            return _("Ended: %(outcome)s") % {"outcome": words.outcome(_, Outcome(detail))}
