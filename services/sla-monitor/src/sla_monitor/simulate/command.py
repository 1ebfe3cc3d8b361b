"""The command line of `simulate`: files in, one JSON line for each situation out."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from parley_chassis.service import Command

from sla_monitor.simulate.rehearsal import rehearse
from sla_monitor.simulate.situation import Situation, read

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

Exit code: 0 all read, 1 something could not be read (the rest is printed all the same).
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = _DESCRIPTION
    parser.add_argument("files", metavar="FILE", nargs="+", help="situations as YAML or JSON lines; - is standard input")


def run(given: argparse.Namespace) -> int:
    faulty = False
    for file in given.files:
        for situation in situations(file):
            for line in situation.warnings + situation.faults:
                sys.stderr.write(f"{line}\n")
            if situation.faults:
                faulty = True
                continue
            try:
                sys.stdout.write(json.dumps(rehearse(situation)) + "\n")
            except OverflowError:
                faulty = True
                sys.stderr.write(f"{file}: ({situation.id}): a time lies beyond the year 9999; use smaller offsets or targets\n")
    return 1 if faulty else 0


def situations(file: str) -> Iterator[Situation]:
    """The situations of one file; a file that cannot be read is one with faults."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except OSError as error:
        yield Situation(file, faults=[f"{file}: cannot be read ({error.strerror}); give the path of a file that exists"])
        return
    except UnicodeDecodeError:
        yield Situation(file, faults=[f"{file}: is not UTF-8 text; save it as UTF-8"])
        return
    yield from _json_lines(file, text) if text.lstrip().startswith("{") else _yaml_list(file, text)


def _json_lines(file: str, text: str) -> Iterator[Situation]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                raw = json.loads(line)
            except ValueError as error:
                yield Situation(file, faults=[f"{file}: line {number}: is not JSON ({error}); write one situation a line"])
                continue
            yield read(raw, f"{file}: line {number}")


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
