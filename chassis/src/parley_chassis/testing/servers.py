"""Where tests find a broker and a database: a given one, else one in a container, else an embedded one."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest

from parley_chassis.testing.containers import kafka_container, mongodb_container

_STOP_WITHIN = 30


@contextmanager
def mongodb(shared: str | None = None) -> Iterator[str]:
    """The URI of a replica set."""
    if given := shared or os.environ.get("MONGODB_URI"):
        yield given
        return
    with mongodb_container() as uri:
        if uri:
            yield uri
            return
    with _embedded("mongodb") as addresses:
        yield addresses["MONGODB_URI"]


@contextmanager
def kafka(shared: str | None = None) -> Iterator[str]:
    """The bootstrap servers of a broker."""
    if given := shared or os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield given
        return
    with kafka_container() as servers:
        if servers:
            yield servers
            return
    with _embedded("kafka") as addresses:
        yield addresses["KAFKA_BOOTSTRAP_SERVERS"]


@contextmanager
def _embedded(which: str) -> Iterator[dict[str, str]]:
    """The real server of the local stack on a free port; it ends when its standard input closes, even if we are killed."""
    with tempfile.TemporaryFile("w+") as said:
        command = [sys.executable, "-m", "parley_local", "servers", which, "--with-parent"]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True)  # noqa: S603 our own
        try:
            yield _addresses(server, which, said)
        finally:
            _end(server)


def _addresses(server: subprocess.Popen[str], which: str, said: IO[str]) -> dict[str, str]:
    assert server.stdout is not None
    line = server.stdout.readline()
    if not line:
        said.seek(0)
        pytest.exit(f"the embedded {which} did not start, so no integration test can run:\n{said.read()}", returncode=3)
    addresses: dict[str, Any] = json.loads(line)
    return addresses


def _end(server: subprocess.Popen[str]) -> None:
    with server:
        assert server.stdin is not None
        server.stdin.close()
        try:
            server.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            server.kill()
