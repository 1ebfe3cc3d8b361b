"""What was promised: the schemas and golden examples in the working tree and in git."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Baseline:
    """The committed schemas at one place; ``commit`` is None for the files as they lie there."""

    name: str
    schemas: Mapping[str, Any]
    commit: str | None = None

    def changed_examples(self, part: Path) -> list[str]:
        """Golden examples of this commit that are not as they were; they must parse for ever."""
        if self.commit is None:
            return []
        return _git(
            part, "diff", "--name-only", "--no-renames", "--diff-filter=MDT", "--relative", self.commit, "--", "examples"
        ).splitlines()


def baselines(part: Path) -> tuple[list[Baseline], list[str]]:
    """The files in the tree, the last commit, and where this branch left ``origin/main``; with the reasons for those left out."""
    found = [Baseline("the committed files", {file.stem: json.loads(file.read_bytes()) for file in (part / "schemas").glob("*.json")})]
    skipped = []
    for name, revision in (("HEAD", ("rev-parse", "HEAD")), ("origin/main", ("merge-base", "origin/main", "HEAD"))):
        try:
            commit = _git(part, *revision).strip()
            found.append(Baseline(name, _schemas_of(part, commit), commit))
        except (OSError, subprocess.CalledProcessError) as error:
            skipped.append(f"no comparison with {name}: {_reason(error)}")
    return found, skipped


def _schemas_of(part: Path, commit: str) -> dict[str, Any]:
    files = _git(part, "ls-tree", "--name-only", commit, "--", "schemas/").splitlines()
    return {Path(file).stem: json.loads(_git(part, "show", f"{commit}:./{file}")) for file in files if file.endswith(".json")}


def _git(part: Path, *arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        raise FileNotFoundError("git is not installed")
    # The arguments are this module's own words and commit ids that git gave; no shell reads them.
    return subprocess.run([git, "-C", str(part), *arguments], check=True, capture_output=True, text=True, timeout=60).stdout  # noqa: S603


def _reason(error: OSError | subprocess.CalledProcessError) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return str(error.stderr).strip().splitlines()[0] if error.stderr else "it has no common commit with this branch"
    return str(error)
