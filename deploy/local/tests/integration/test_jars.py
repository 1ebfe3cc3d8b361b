"""Jars come from where they are said to come from, and one of another content is never used."""

import functools
import threading
import tomllib
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from parley_local import jars
from parley_local.problem import CannotRun


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven repository of this test's own, with an empty cache."""
    folder = tmp_path / "repository"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MAVEN_REPOSITORY", f"http://127.0.0.1:{server.server_port}")
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_jar_of_another_content_is_refused(repository: Path) -> None:
    for jar in tomllib.loads(jars.LOCK.read_text())["dependencies"]:
        file = repository.joinpath(
            *jar["groupId"].split("."), jar["artifactId"], jar["version"], f"{jar['artifactId']}-{jar['version']}.jar"
        )
        file.parent.mkdir(parents=True)
        file.write_bytes(b"not what was locked")
    with pytest.raises(CannotRun, match="is not what the lock names"):
        jars.class_path()
    assert not list(jars.cache_dir().glob("*.jar"))


def test_a_repository_out_of_reach_says_what_can_be_done(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAVEN_REPOSITORY", "http://127.0.0.1:1")
    with pytest.raises(CannotRun, match=r"(?s)cannot fetch .*HTTPS_PROXY.*MAVEN_REPOSITORY.*KAFKA_BOOTSTRAP_SERVERS"):
        jars.class_path()
