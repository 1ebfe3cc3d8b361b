"""The command line of `simulate`: files in, one JSON line for each situation out."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from parley_chassis.service import Command

from sla_monitor.simulate.comparing import compare
from sla_monitor.simulate.notation import Fault
from sla_monitor.simulate.recorded import is_recorded, recorded
from sla_monitor.simulate.rehearsal import rehearse
from sla_monitor.simulate.situation import Situation, read
from sla_monitor.simulate.terms import Terms, read_terms

HELP = "run situations from files through the response clock and print facts and outcomes"

_DESCRIPTION = """\
Runs situations through the fold that the monitor itself uses, and prints one JSON line for each:
  id        the situation's
  facts     due-soon, overdue and retracted facts, in order
  outcome   what became of each wait: open, open_overdue, {"late_by": ...}, or its outcome

FILE is a YAML list of situations, or JSON lines (one situation a line); - is standard input.

A situation:
  - id: nobody-answers
    policy: {target: 24h, warn_at: [18h]}       # what differs from 48h, [36h, 44h], 24x7; support: 24h, [18h]
    events:
      - {at: +0h, is: conversation_opened, by: buyer}
      - {watermark: +24h1ms}                    # nothing with a time at or before +24h1ms can still come

Times are offsets from 2026-03-02T10:00:00Z or instants with a zone. Durations: 48h, 1h30m, 20s, 1ms.
Words of `is`: conversation_opened, reply, order_note_to_customer, refund_recorded, closed, reopened, escalated,
handed_back, acknowledged, no_response_needed, message_removed, erased, outage_declared; others touch no clock.
`imported: true` starts no clock unless `start_clock: true`.
Also as items: {repeat: NAME} of an event with `as: NAME`, and {at: ..., policy: {...}} for a later version.

With --policy it prints what would change instead, one JSON line for each: breaches that would `appear` under the other
policy and those that would `vanish`; a sum on standard error. The other policy is a market's file, or a YAML mapping
such as `target: 24h`. What was escalated in the log stays so: what people would have done then is not known.

FILE may also be a recorded topic, as `parley tail --beginning --once --json --watermarks TOPIC` prints it; each partition is a
situation. Its present policy is the standard one, or that of --present (a market's file: then of this market alone).

Exit code: 0 all read, 1 something could not be read (the rest is printed all the same).
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = _DESCRIPTION
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="situations as YAML or JSON lines, or a recorded topic; - is standard input"
    )
    parser.add_argument("--policy", metavar="OTHER", help="print what would change under this one")
    parser.add_argument("--present", metavar="POLICY", help="the policy of a recorded topic (default: the standard one)")


def run(given: argparse.Namespace) -> int:
    try:
        present = read_terms(given.present) if given.present else Terms()
        other = read_terms(given.policy) if given.policy else None
    except Fault as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    faulty, changes = False, Counter[str]()
    for file in given.files:
        for situation in situations(file, present):
            for line in situation.warnings + situation.faults:
                sys.stderr.write(f"{line}\n")
            if situation.faults:
                faulty = True
                continue
            try:
                told = compare(situation, other) if other else rehearse(situation)
            except OverflowError:
                faulty = True
                sys.stderr.write(f"{file}: ({situation.id}): a time lies beyond the year 9999; use smaller offsets or targets\n")
                continue
            sys.stdout.write(json.dumps(told) + "\n")
            changes.update({change: len(told.get(change, ())) for change in ("appear", "vanish")})
    if other:
        sys.stderr.write(f"{changes['appear']} breaches would appear, {changes['vanish']} would vanish\n")
    return 1 if faulty else 0


def situations(file: str, present: Terms) -> Iterator[Situation]:
    """The situations of one file; a file that cannot be read is one with faults."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except OSError as error:
        yield Situation(file, faults=[f"{file}: cannot be read ({error.strerror}); give the path of a file that exists"])
        return
    except UnicodeDecodeError:
        yield Situation(file, faults=[f"{file}: is not UTF-8 text; save it as UTF-8"])
        return
    yield from _json_lines(file, text, present) if text.lstrip().startswith("{") else _yaml_list(file, text)


def _json_lines(file: str, text: str, present: Terms) -> Iterator[Situation]:
    found: list[tuple[str, Any]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append((f"{file}: line {number}", json.loads(line)))
            except ValueError as error:
                yield Situation(file, faults=[f"{file}: line {number}: is not JSON ({error}); write one situation a line"])
    if found and is_recorded(found[0][1]):
        yield from recorded(found, present)
    else:
        yield from (read(raw, place) for place, raw in found)


def _yaml_list(file: str, text: str) -> Iterator[Situation]:
    try:
        raw = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        yield Situation(file, faults=[f"{file}: is not YAML: {' '.join(str(error).split())}; correct it there"])
        return
    if not isinstance(raw, list):
        yield Situation(file, faults=[f"{file}: is not a list; begin each situation with `- id: ...`"])
        return
    for number, each in enumerate(raw, 1):
        yield read(each, f"{file}: situation {number}")


COMMAND = Command("simulate", HELP, arguments, run)
