"""How near is an API's speed to what its latency allows, and does memory stay flat?

    python bench/throughput.py            throughput, and memory over 100,000 requests
    python bench/throughput.py --short    the same with fewer requests

A server in a process of its own answers every request after a fixed time, with canned words: what
is measured is our side, InspectModel alone, and with every reply recorded in a real ledger.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast, overload

from assay.core.subject import Model, Request
from assay.models.inspect import InspectModel
from assay.store import Ledger, Recorded

LATENCY = 0.2
GOAL = 0.9
WIDTHS = (10, 20, 50)
CHUNK = 100
"""Requests that an instrument asks at once, where they are recorded."""
CANNED = json.dumps(
    {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "canned",
        "system_fingerprint": "fp",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "word " * 20}}
            | {"finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 20, "completion_tokens": 20, "total_tokens": 40},
    }
).encode()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
RESPONSE = HEAD + str(len(CANNED)).encode() + b"\r\n\r\n" + CANNED


class Canned(asyncio.Protocol):
    """Answers each request on a connection after a while, whatever it says."""

    def __init__(self, latency: float) -> None:
        self.latency, self.held = latency, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.write = cast("asyncio.WriteTransport", transport).write

    def data_received(self, data: bytes) -> None:
        """Answer once the request is whole."""
        self.held += data
        head, end, body = self.held.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        if end and len(body) >= int(length or b"0"):
            self.held = b""
            loop = asyncio.get_running_loop()
            loop.call_later(self.latency, self.write, RESPONSE)


async def serve(latency: float) -> None:
    """Serve until killed; the port is printed first."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Canned(latency), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def opened(latency: float, width: int) -> Iterator[InspectModel]:
    """A model behind a server of this latency."""
    command = [sys.executable, __file__, "--serve", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline()) if process.stdout else 0
        url = f"http://127.0.0.1:{port}/v1"
        said = {"base_url": url, "connections": str(width)}
        with closing(InspectModel("openai-api/some/canned", said)) as model:
            yield model
        process.terminate()


class Many(Sequence[Request]):
    """As many requests as wanted, each made when it is looked at."""

    def __init__(self, first: int, count: int) -> None:
        self.first, self.many = first, count

    def __len__(self) -> int:
        return self.many

    @overload
    def __getitem__(self, index: int) -> Request: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Request]: ...
    def __getitem__(self, index: int | slice) -> Request | Sequence[Request]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self.many))]
        if index >= self.many:
            raise IndexError
        text = f"question {self.first + index}: " + "what comes next? " * 4
        return Request(kind="generate", text=text, max_tokens=20)


def ask_all(model: Model, asked: Many, chunk: int) -> None:
    """Ask chunk by chunk; nothing is kept, and nothing may fail."""
    for start in range(0, len(asked), chunk):
        part = Many(asked.first + start, min(chunk, len(asked) - start))
        for _, reply in model.answer(part):
            if reply.problem:
                raise SystemExit(reply.problem)


def timed(model: Model, count: int) -> tuple[float, float]:
    """Seconds and CPU seconds for so many requests, asked at once."""
    start, before = time.perf_counter(), time.process_time()
    ask_all(model, Many(0, count), count)
    return time.perf_counter() - start, time.process_time() - before


def megabytes() -> float:
    """Memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def throughput(rounds: int) -> None:
    """Requests a second, beside concurrency / latency."""
    print(f"latency {LATENCY} s, {rounds} rounds")
    for width in WIDTHS:
        with (
            opened(LATENCY, width) as model,
            tempfile.TemporaryDirectory() as folder,
            Ledger(Path(folder)) as ledger,
        ):
            timed(model, 2 * width)  # connections are opened once
            gc.collect()
            gc.freeze()  # as `assay examine` does before it asks
            for name, asked in (("alone", model), ("recorded", Recorded(model, ledger, "r"))):
                count = rounds * width
                wall, work = timed(asked, count)
                ratio = count / wall / (width / LATENCY)
                print(
                    f"  {width:3} in flight, {name:8} {count / wall:6.1f}/s = {ratio:.2f} of "
                    f"{width / LATENCY:.0f}/s, {1000 * work / count:.2f} ms CPU a request, "
                    f"load {os.getloadavg()[0]:.1f}   {'pass' if ratio >= GOAL else 'FAIL'}",
                    flush=True,
                )


def memory(count: int) -> None:
    """Memory after each tenth of so many requests, to a server that answers at once."""
    tenth = count // 10
    with (
        opened(0.0, 10) as model,
        tempfile.TemporaryDirectory() as folder,
        Ledger(Path(folder)) as ledger,
    ):
        recorded = Recorded(model, ledger, "r")
        for name, asked, chunk in (("alone", model, tenth), ("recorded", recorded, CHUNK)):
            print(f"memory, {name}, {count} requests, MiB after each tenth:", end="")
            for first in range(0, count, tenth):
                ask_all(asked, Many(first, tenth), chunk)
                print(f" {megabytes():.1f}", end="", flush=True)
            print()


if __name__ == "__main__":
    if "--serve" in sys.argv:
        asyncio.run(serve(float(sys.argv[-1])))
    else:
        short = "--short" in sys.argv
        throughput(5 if short else 50)
        memory(2_000 if short else 100_000)
