"""What the tree promises of every file in it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(900)
"""Reading the whole tree takes seconds; on a machine that is busy with other things it takes minutes, and is no less right."""

ROOT = Path(__file__).parents[2]
LONGEST = 300
LEFTOVER_NAMES = {"utils", "helpers", "common", "manager", "misc", "impl", "dto"}
HOSTS = re.compile(r"files\.pythonhosted|pypi\.org|repo1?\.maven|registry\.npmjs|deb\.debian", re.IGNORECASE)
PLACES = re.compile(r"\.\./shared/|/work/(main|shared)|/home/\w+/|/root/")
LINKS = re.compile(r"\]\(([^)#\s]+)")
SLEEPS = re.compile(r"(asyncio|time)\.sleep\(")
FAMILIAR = re.compile(r"\b(tu|ti|te|tuo|tua|tuoi|tue|puoi|hai|sei|devi|vuoi|ciao)\b", re.IGNORECASE)


@cache
def tracked(pattern: str) -> list[Path]:
    """The files of the project that match, new ones included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", pattern]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def sources() -> Iterator[Path]:
    """What is installed: the modules of the parts."""
    return (path for path in tracked("*.py") if "src" in path.parts and path.relative_to(ROOT).parts[0] != "tests")


def test_no_file_is_too_long_to_read() -> None:
    assert not [path for path in tracked("*.py") if len(path.read_text().splitlines()) > LONGEST], "split it by reason"


def test_every_module_says_in_one_line_what_it_is_for() -> None:
    silent = [path for path in tracked("*.py") if not (ast.get_docstring(parsed(path)) or "").strip()]

    assert not silent, "open the module with a one-line docstring"


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [path for path in sources() if path.stem in LEFTOVER_NAMES]


def test_no_test_sleeps() -> None:
    this = Path(__file__)
    tests = [path for path in tracked("*/tests/*.py") + tracked("tests/*.py") if "src" not in path.parts]
    asleep = [path for path in tests if path != this and SLEEPS.search(path.read_text())]

    assert not asleep, "wait through eventually() for what is expected"


def test_no_file_names_a_package_registry() -> None:
    this = Path(__file__)
    named = [path for path in tracked(".") if path != this and HOSTS.search(path.read_text(errors="ignore"))]

    assert not named, "lock by name, version and hash; where a package comes from is the client's setting"


def test_every_requirement_is_locked_by_hash_and_without_an_address() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / lock).read_text()
        _, *entries = re.split(r"\n(?=[a-z0-9])", text)
        assert entries
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
        assert "://" not in text, "lock by name, version and hash; where a package comes from is the client's setting"


def test_every_link_of_a_page_leads_somewhere() -> None:
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in tracked("*.md")
        for target in LINKS.findall(page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]

    assert not dead


def test_every_command_that_a_page_names_is_there() -> None:
    known = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {(page.name, target) for page in tracked("*.md") for target in re.findall(r"`make (?:-s )?([a-z][a-z0-9-]*)", page.read_text())}

    assert {(page, target) for page, target in named if target not in known} == set()


def test_no_file_names_a_place_of_one_machine() -> None:
    this = Path(__file__)
    named = [path for path in tracked(".") if path != this and PLACES.search(path.read_text(errors="ignore"))]

    assert not named, "a fresh clone must work anywhere: name files relative to the repository"


def test_no_part_imports_tests() -> None:
    imported = [
        path
        for path in tracked("*.py")
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "tests")
        or (isinstance(node, ast.Import) and any(name.name.split(".")[0] == "tests" for name in node.names))
    ]

    assert not imported, "what two tests need goes to a testing module of the part"


def test_only_the_chassis_reads_the_environment() -> None:
    readers = [
        path
        for path in sources()
        if not {"parley_chassis", "parley_local", "parley_drill"} & set(path.parts) and re.search(r"os\.(environ|getenv)", path.read_text())
    ]

    assert not readers, "take a value from the service's settings"


def test_italian_readers_are_addressed_formally() -> None:
    said = [(path.parent.parent.name, line) for path in tracked("*/locales/it.po") for line in path.read_text().splitlines()]

    assert said
    assert not [(part, line) for part, line in said if not line.startswith("msgid") and FAMILIAR.search(line)]
