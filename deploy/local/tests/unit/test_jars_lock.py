"""The lock of the broker's jars: every one by its hash, and nothing about where it comes from."""

import re
import tomllib

from parley_local import jars


def test_every_jar_is_locked_by_its_hash() -> None:
    locked = tomllib.loads(jars.LOCK.read_text())["dependencies"]
    assert len(locked) > 40
    assert all(re.fullmatch("[0-9a-f]{64}", jar["sha256"]) for jar in locked)


def test_what_is_asked_for_is_locked() -> None:
    locked = {f"{jar['groupId']}:{jar['artifactId']}:{jar['version']}" for jar in tomllib.loads(jars.LOCK.read_text())["dependencies"]}
    assert set(tomllib.loads(jars.SPEC.read_text())["dependencies"]["coordinates"]) <= locked


def test_the_lock_names_no_address() -> None:
    assert "://" not in jars.LOCK.read_text()
