"""The issuer's keys come from a real address, and what comes instead of them is survived."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from joserfc.jwk import OKPKey
from parley_chassis.keys import KeySet
from parley_chassis.problems import Problem
from parley_chassis.settings import TokenSettings

KEY = OKPKey.generate_key("Ed25519", {"kid": "ed"})
DOCUMENT = json.dumps({"keys": [KEY.as_dict(private=False)]}).encode()


@asynccontextmanager
async def provider(answer: bytes) -> AsyncIterator[KeySet]:
    """A server that gives this answer to everybody."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(respond, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield KeySet.of(TokenSettings(issuer="me", jwks_url=f"http://127.0.0.1:{port}/keys"))


def ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (len(body), body)


async def test_the_keys_are_fetched() -> None:
    async with provider(ok(DOCUMENT)) as keys:
        assert await keys.key("ed")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        ok(b"<html>"),
        ok(b"[" * 100_000),
        ok(b'{"keys": "' + b"x" * 3_000_000 + b'"}'),
        b"not HTTP at all",
        b"",
    ],
    ids=["error", "redirect", "page", "nested", "huge", "noise", "silence"],
)
async def test_anything_else_is_no_key(answer: bytes) -> None:
    async with provider(answer) as keys:
        with pytest.raises(Problem, match="unavailable"):
            await keys.key("ed")
