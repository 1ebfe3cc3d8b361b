"""Write ``services/<name>/openapi.json``, or only compare; refuses what breaks a client: ``python -m parley_openapi [check]``."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from parley_openapi.apps import SETTINGS, app_of
from parley_openapi.compatibility import breaks

ROOT = Path(__file__).resolve().parents[4]
USAGE = """\
usage: python -m parley_openapi          refuse breaking changes, write the documents
       python -m parley_openapi check    the same, but only compare
"""
REMEDY = "Put it back, or add the new beside it under another path or field; a new major version starts at /v2."


def file_of(service: str) -> Path:
    return ROOT / "services" / service / "openapi.json"


def written(document: Mapping[str, Any]) -> str:
    """The text of a committed file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def documents(folder: Path) -> dict[str, dict[str, Any]]:
    """The document of each service, from its application."""
    return {service: app_of(service, folder).openapi() for service in SETTINGS}


def promised(service: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The document as it was promised: in the last commit, and where this branch left ``origin/main``."""
    for name, revision in (("HEAD", "HEAD"), ("origin/main", _git("merge-base", "origin/main", "HEAD"))):
        text = revision and _git("show", f"{revision.strip()}:{file_of(service).relative_to(ROOT).as_posix()}")
        if text:
            yield name, json.loads(text)


def _git(*arguments: str) -> str:
    """What git says; nothing where it knows no answer."""
    git = shutil.which("git") or "git"
    done = subprocess.run([git, "-C", str(ROOT), *arguments], check=False, capture_output=True, text=True, timeout=60)
    return done.stdout if done.returncode == 0 else ""


def main(arguments: Sequence[str]) -> int:
    """Run the gate; 0 where nothing is wrong."""
    if list(arguments) not in ([], ["check"]):
        sys.stderr.write(USAGE)
        return 2
    with TemporaryDirectory() as folder:
        found = documents(Path(folder))
    faults = {
        f"{service}: {fault}. {REMEDY} (compared with {name})"
        for service, new in found.items()
        for name, old in promised(service)
        for fault in breaks(old, new)
    }
    for service, document in found.items():
        file = file_of(service)
        if not arguments and not faults:
            file.write_text(written(document), "utf-8")
        elif not file.exists() or file.read_text("utf-8") != written(document):
            faults.add(f"{file.relative_to(ROOT)}: not current. Run `make openapi` and commit the file.")
    sys.stderr.write("".join(f"{fault}\n" for fault in sorted(faults)))
    sys.stdout.write("" if faults else f"{len(found)} OpenAPI documents are current and break no client\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
