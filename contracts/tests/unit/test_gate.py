"""The command itself, on a copy of this part in a repository of its own: planted changes turn it red."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PART = Path(__file__).resolve().parents[2]
SOLID = "parley.notification.sent.v1"

Run = Callable[..., subprocess.CompletedProcess[str]]


def git(folder: Path, *arguments: str) -> None:
    names = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """A checkout whose HEAD is what lies here now."""
    copy = tmp_path / "contracts"
    shutil.copytree(PART, copy, ignore=shutil.ignore_patterns("tests", "__pycache__", ".*"))
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "promise")
    return copy


@pytest.fixture
def run(part: Path) -> Run:
    def in_the_copy(*arguments: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environment = {**clean, "PYTHONPATH": str(part / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "parley_contracts.schemas", *arguments]
        return subprocess.run(command, cwd=part, env=environment, capture_output=True, text=True, timeout=60)

    return in_the_copy


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def notifier(part: Path) -> Path:
    return part / "src" / "parley_contracts" / "notifier.py"


def test_what_is_committed_passes_and_says_what_it_was_compared_with(run: Run) -> None:
    done = run("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "the committed files, HEAD" in done.stdout
    assert "skipped: no comparison with origin/main" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("check",)])
def test_a_removed_field_fails_with_type_field_and_way_out_and_writes_nothing(part: Path, run: Run, arguments: tuple[str, ...]) -> None:
    committed = (part / "schemas" / f"{SOLID}.json").read_text("utf-8")
    edit(notifier(part), "    message_id: str", "    mail_id: str")
    done = run(*arguments)
    assert done.returncode == 1
    assert f"{SOLID}: message_id: the field was removed. Keep it" in done.stderr
    assert f"{SOLID}: mail_id: the new field is required. Make it optional" in done.stderr
    assert "new topic version" in done.stderr
    assert (part / "schemas" / f"{SOLID}.json").read_text("utf-8") == committed


def test_an_added_optional_field_is_drift_until_it_is_written(part: Path, run: Run) -> None:
    edit(notifier(part), "    attempts: int", "    queue: str | None = None\n    attempts: int")
    drifted = run("check")
    assert drifted.returncode == 1
    assert f"schemas/{SOLID}.json: not current. Run `make contracts`" in drifted.stderr
    assert run().returncode == 0
    assert "queue" in json.loads((part / "schemas" / f"{SOLID}.json").read_text("utf-8"))["properties"]
    assert run("check").returncode == 0


def test_an_asyncapi_document_that_is_not_the_catalogues_is_drift_until_it_is_written(part: Path, run: Run) -> None:
    edit(part / "src" / "parley_contracts" / "topics.py", "timedelta(days=7)", "timedelta(days=8)")
    drifted = run("check")
    assert (drifted.returncode, drifted.stderr) == (1, "asyncapi.json: not current. Run `make contracts` and commit the file.\n")
    assert run().returncode == 0
    assert "records stay 8 days" in (part / "asyncapi.json").read_text("utf-8").lower()
    assert run("check").returncode == 0


def test_a_committed_schema_edited_by_hand_is_caught_by_the_last_commit(part: Path, run: Run) -> None:
    edit(notifier(part), "    message_id: str", "    message_id: int")
    file = part / "schemas" / f"{SOLID}.json"
    schema = json.loads(file.read_text("utf-8"))
    schema["properties"]["message_id"]["type"] = "integer"
    file.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "utf-8")
    done = run("check")
    assert done.returncode == 1
    assert f"{SOLID}: message_id: type changed from 'string' to 'integer'" in done.stderr
    assert "(compared with HEAD)" in done.stderr


def test_a_break_that_was_committed_is_caught_where_the_branch_left_origin_main(part: Path, run: Run) -> None:
    git(part, "update-ref", "refs/remotes/origin/main", "HEAD")
    edit(notifier(part), "    message_id: str", "    message_id: int")
    shutil.rmtree(part / "schemas")
    (part / "examples" / SOLID / "to-a-member.json").unlink()
    git(part, "add", ".")
    git(part, "commit", "-q", "-m", "break it")
    assert "message_id: type changed" in run().stderr
    done = run("check")
    assert done.returncode == 1
    assert "(compared with origin/main)" in done.stderr
    assert f"examples/{SOLID}/to-a-member.json: a golden example was changed or removed" in done.stderr


def test_a_removed_type_fails(part: Path, run: Run) -> None:
    edit(notifier(part), "EVENTS: tuple[type[EventData], ...] = (NotificationSent, ", "EVENTS: tuple[type[EventData], ...] = (")
    assert f"{SOLID}: the type was removed" in run("check").stderr


@pytest.mark.parametrize("change", ["removed", "edited", "renamed"])
def test_a_golden_example_can_only_be_added(part: Path, run: Run, change: str) -> None:
    example = part / "examples" / SOLID / "to-a-member.json"
    match change:
        case "removed":
            example.unlink()
        case "edited":
            edit(example, '"attempts": 1', '"attempts": 2')
        case _:
            example.rename(example.with_name("another-name.json"))
    done = run("check")
    assert done.returncode == 1
    assert f"examples/{SOLID}/to-a-member.json: a golden example was changed or removed. Put it back" in done.stderr


def test_a_new_example_passes(part: Path, run: Run) -> None:
    shutil.copy(part / "examples" / SOLID / "to-a-member.json", part / "examples" / SOLID / "one-more.json")
    assert run("check").returncode == 0


def test_outside_a_repository_the_committed_files_alone_are_the_promise(part: Path, run: Run) -> None:
    shutil.rmtree(part.parent / ".git")
    assert "skipped: no comparison with HEAD" in run("check").stdout
    edit(notifier(part), "    message_id: str", "    message_id: int")
    assert "(compared with the committed files)" in run("check").stderr


def test_a_schema_that_no_type_has_is_found(part: Path, run: Run) -> None:
    shutil.copy(part / "schemas" / f"{SOLID}.json", part / "schemas" / "parley.nobody.v1.json")
    assert "parley.nobody.v1: the type was removed" in run("check").stderr


def test_a_committed_file_that_is_not_json_is_said_plainly(part: Path, run: Run) -> None:
    (part / "schemas" / f"{SOLID}.json").write_text("<<<<<<< HEAD", "utf-8")
    done = run("check")
    assert done.returncode == 1
    assert "A committed schema is not JSON" in done.stderr


def test_a_wrong_word_prints_how_to_use_it(run: Run) -> None:
    done = run("chekc")
    assert done.returncode == 2
    assert "usage: python -m parley_contracts.schemas" in done.stderr
