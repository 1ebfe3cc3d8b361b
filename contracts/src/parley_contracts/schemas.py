"""The committed schemas and asyncapi.json: written from the models by ``python -m parley_contracts.schemas``, gated by ``… check``."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from parley_contracts import asyncapi
from parley_contracts.baseline import Baseline, baselines
from parley_contracts.compatibility import breaks
from parley_contracts.documents import document, written
from parley_contracts.envelope import EventData
from parley_contracts.registry import MODELS

PART = Path(__file__).resolve().parents[2]
USAGE = """\
usage: python -m parley_contracts.schemas          refuse breaking changes, write the schemas and asyncapi.json
       python -m parley_contracts.schemas check    the same, but only compare: fails where a committed file is not current
"""


def faults(part: Path, models: Mapping[str, type[EventData]], promised: Sequence[Baseline]) -> list[str]:
    """What may not be: breaking changes against each baseline, and golden examples that were changed or removed."""
    found: dict[str, str] = {}
    for baseline in promised:
        for fault in (*_broken(models, baseline), *_changed_examples(part, baseline)):
            found.setdefault(fault, baseline.name)
    return [f"{fault} (compared with {name})" for fault, name in found.items()]


def _broken(models: Mapping[str, type[EventData]], baseline: Baseline) -> Iterator[str]:
    for type, committed in sorted(baseline.schemas.items()):
        if type in models:
            yield from map(str, breaks(type, committed, document(models[type])))
        else:
            yield f"{type}: the type was removed. Put it back: a topic version keeps all its types; or start a new topic version."


def _changed_examples(part: Path, baseline: Baseline) -> Iterator[str]:
    for example in baseline.changed_examples(part):
        yield f"{example}: a golden example was changed or removed. Put it back, it must parse for ever, and add a new one."


def generated(part: Path, models: Mapping[str, type[EventData]]) -> Iterator[tuple[Path, str]]:
    """Each committed file with the text that the models and the catalogue give it."""
    for type, model in models.items():
        yield part / "schemas" / f"{type}.json", written(document(model))
    yield part / "asyncapi.json", written(asyncapi.document(models))


def drift(part: Path, models: Mapping[str, type[EventData]]) -> Iterator[str]:
    """Committed files that are not what the models say."""
    for file, text in generated(part, models):
        if not file.exists() or file.read_text("utf-8") != text:
            yield f"{file.relative_to(part)}: not current. Run `make contracts` and commit the file."
    for file in sorted((part / "schemas").glob("*.json")):
        if file.stem not in models:
            yield f"{file.relative_to(part)}: no such type. Put the type back, or remove the file if it was never published."


def main(arguments: Sequence[str]) -> int:
    """Run the gate; 0 where nothing is wrong."""
    if list(arguments) not in ([], ["check"]):
        sys.stderr.write(USAGE)
        return 2
    if not (PART / "pyproject.toml").exists():
        sys.stderr.write(
            "The schemas are written in a checkout only: run this from the source tree, with the package installed editable.\n"
        )
        return 2
    try:
        promised, skipped = baselines(PART)
    except json.JSONDecodeError as error:
        sys.stderr.write(f"A committed schema is not JSON ({error}). Restore it with `git checkout -- contracts/schemas`.\n")
        return 1
    for reason in skipped:
        sys.stdout.write(f"skipped: {reason}\n")
    found = faults(PART, MODELS, promised)
    if not found and not arguments:
        (PART / "schemas").mkdir(exist_ok=True)
        for file, text in generated(PART, MODELS):
            file.write_text(text, "utf-8")
    found += drift(PART, MODELS)
    for fault in found:
        sys.stderr.write(f"{fault}\n")
    if not found:
        sys.stdout.write(f"{len(MODELS)} types agree with the committed schemas, compared with {', '.join(b.name for b in promised)}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
