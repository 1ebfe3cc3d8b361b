"""Where the embedded servers cannot run, the message says what to do instead."""

import platform

import pytest
from parley_local import platforms
from parley_local.problem import CannotRun


def test_another_machine_is_told_about_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(CannotRun, match=r"(?s)aarch64.*MONGODB_URI"):
        platforms.mongod()
    with pytest.raises(CannotRun, match=r"(?s)aarch64.*KAFKA_BOOTSTRAP_SERVERS"):
        platforms.java()
