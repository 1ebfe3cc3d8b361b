"""`python -m parley_bench.sink`: an SMTP server that accepts everything, costs little, and says what it has when it is asked."""

import asyncio
import base64
import json
import sys
from typing import cast

import uvloop

COUNT, TOLD = b"XCOUNT", b"XTOLD"
LONGEST = 64 * 1024 * 1024
_END = b"\r\n.\r\n"


class _Session(asyncio.Protocol):
    """One connection; commands may come together (RFC 2920)."""

    def __init__(self, mails: list[tuple[str, bytes]]) -> None:
        self._mails = mails
        self._read = bytearray()
        self._to = ""
        self._in_text = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._read += data
        answers = bytearray()
        while (end := self._read.find(_END if self._in_text else b"\r\n")) >= 0:
            part = bytes(self._read[:end])
            del self._read[: end + len(_END if self._in_text else b"\r\n")]
            answers += self._text(part) if self._in_text else self._command(part)
        self._transport.write(bytes(answers))

    def _text(self, content: bytes) -> bytes:
        self._in_text = False
        self._mails.append((self._to, content))
        return b"250 2.0.0 accepted\r\n"

    def _command(self, line: bytes) -> bytes:
        match line.split(b" ")[0].split(b":")[0].upper():
            case b"EHLO":
                return b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
            case b"RCPT":
                self._to = line.partition(b"<")[2].partition(b">")[0].decode()
            case b"DATA":
                self._in_text = True
                return b"354 go on\r\n"
            case b"XCOUNT":
                return b"250 %d\r\n" % len(self._mails)
            case b"XTOLD":
                return b"250 " + base64.b64encode(json.dumps([[to, text.decode("latin-1")] for to, text in self._mails]).encode()) + b"\r\n"
            case b"QUIT":
                return b"221 bye\r\n"
        return b"250 2.0.0 ok\r\n"


async def _main() -> None:
    mails: list[tuple[str, bytes]] = []
    server = await asyncio.get_running_loop().create_server(lambda: _Session(mails), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main())
