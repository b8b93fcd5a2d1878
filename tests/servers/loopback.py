"""A small HTTP/1.1 server on loopback, in a thread of its own: real sockets, no dependency."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

__all__ = ["Answer", "Asked", "listening"]

GONE = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
"""How it shows that the client went away, or that we close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One HTTP request."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP response. A body of bytes is sent as it is, anything else as JSON."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return what goes over the wire."""
        raw = isinstance(self.body, bytes)
        # Bare surrogates, which a model may emit, travel as \\ud800 escapes.
        content = self.body if raw else json.dumps(self.body).encode("ascii")
        said = {"content-type": "application/json", "content-length": str(len(content))}
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in (said | self.headers).items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


Handler = Callable[[Asked], Awaitable[Answer]]


@contextmanager
def listening(handler: Handler) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 while the block lasts; gives "http://127.0.0.1:PORT"."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def soon(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=10)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(*GONE):
            while True:
                writer.write((await handler(await _read(reader))).encoded())
                await writer.drain()

    server = soon(asyncio.start_server(connected, "127.0.0.1", 0, limit=1 << 24))
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        soon(_stop(server))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    """Read one request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
    method, path, _ = head[0].split(" ", 2)
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    body = json.loads(raw) if raw else {}
    return Asked(method=method, path=path, headers=headers, body=body)


async def _stop(server: asyncio.Server) -> None:
    """Close the server and end whatever it was still answering."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # sockets are closed in the loop's next round
