"""What another policy would change: overdue answers that would appear, and those that would vanish."""

from dataclasses import replace
from typing import Any

from sla_monitor.domain.policy import Entry
from sla_monitor.simulate.rehearsal import Told, rehearse
from sla_monitor.simulate.situation import Situation
from sla_monitor.simulate.terms import Terms

Breaches = dict[Any, Told]


def compare(situation: Situation, terms: Terms) -> Told:
    """The line that is printed for a situation: the same log under its own policy and under the other terms."""
    now, then = _breaches(situation), _breaches(_under(situation, terms))
    return {
        "id": situation.id,
        "appear": [breach for cycle, breach in then.items() if cycle not in now],
        "vanish": [breach for cycle, breach in now.items() if cycle not in then],
    }


def _under(situation: Situation, terms: Terms) -> Situation:
    events = [step for step in situation.steps if not isinstance(step, Entry)]
    return replace(situation, steps=[*terms.entries, *events])


def _breaches(situation: Situation) -> Breaches:
    """Overdue answers that were not taken back, by their cycle."""
    found: Breaches = {}
    for fact in rehearse(situation)["facts"]:
        match fact["fact"]:
            case "response_overdue":
                found[fact["cycle"]] = {name: fact[name] for name in ("cycle", "owed_by", "due")}
            case "response_overdue_retracted":
                found.pop(fact["cycle"], None)
    return found
