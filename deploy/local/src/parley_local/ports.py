"""Ports of this machine: free ones for tests, and a check that the fixed ones are free."""

import asyncio
import fcntl
import os
import socket
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from random import SystemRandom

from parley_local.problem import CannotRun

HOST = "127.0.0.1"
_ANSWER_WITHIN = 2.0


_NEVER_OUTGOING = range(15_000, 32_000)
"""Below those that the system gives to outgoing connections: one of these could be taken before the server that waits for it starts."""

_given: set[int] = set()


def free(count: int) -> list[int]:
    """Ports that nobody listens on now, and that nobody else who asks here is given while this process lives."""
    with ExitStack() as held:
        found: list[int] = []
        for port in SystemRandom().sample(_NEVER_OUTGOING, len(_NEVER_OUTGOING)):
            if len(found) == count:
                break
            one = held.enter_context(socket.socket())
            with suppress(OSError):
                one.bind((HOST, port))
                if _reserved(port):
                    found.append(port)
        return found


def _reserved(port: int) -> bool:
    """Whether the port is ours now, and was not before. Between two processes a lock decides that ends with its owner."""
    if port in _given:
        return False
    try:
        fcntl.lockf(_reservations(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _given.add(port)
    return True


@cache
def _reservations() -> int:
    """A file of which each byte stands for a port. It stays open: to close it once would end all locks of this process."""
    return os.open(Path(tempfile.gettempdir()) / f"parley-ports-{os.getuid()}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def refuse_taken(wanted: Mapping[str, int]) -> None:
    """Raise CannotRun naming every port of ``wanted`` (setting -> port) that somebody else listens on."""
    taken = [f"  port {port} is taken: set {setting}=<another port>" for setting, port in wanted.items() if not _is_free(port)]
    if taken:
        raise CannotRun("\n".join(["The local stack cannot listen where it wants to:", *taken, "Or end the program that listens there."]))


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        # As servers do: a port whose last owner has just gone is free.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((HOST, port))
        except OSError:
            return False
        return True


async def listening(port: int) -> bool:
    """Whether somebody answers on the port."""
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    return True


async def answers_ok(port: int, path: str) -> bool:
    """Whether a GET of the path is answered with 200."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    try:
        async with asyncio.timeout(_ANSWER_WITHIN):
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
            return b" 200 " in await reader.readline()
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
