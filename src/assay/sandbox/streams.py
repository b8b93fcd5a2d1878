"""The three streams of a running program: fed, read and counted, with bounded memory."""

from __future__ import annotations

import os
import selectors
import subprocess
from typing import IO

__all__ = ["Streams"]

CHUNK = 1 << 16


class Streams:
    """What goes into a program, and what comes out of it, up to a limit for each stream.

    Parameters
    ----------
    process
        Started with pipes for its output, and for its input where there is any.
    stdin
        What it is given to read.
    most
        Bytes kept of each output; what comes after it is read and dropped.
    """

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes, most: int) -> None:
        self._most = most
        self._left = memoryview(stdin)
        self._kept: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self._pipes: dict[int, IO[bytes]] = {}
        self._selector = selectors.DefaultSelector()
        self.flooded = ""
        """The stream that passed the limit, if one did."""
        self._open(process.stdout, "stdout")
        self._open(process.stderr, "stderr")
        self._open(process.stdin, "stdin")
        self._ending = os.pidfd_open(process.pid)
        self._selector.register(self._ending, selectors.EVENT_READ, "ending")

    def step(self, wait: float) -> bool:
        """Move what can be moved; is the program still running?

        Parameters
        ----------
        wait
            Seconds to wait at most for something to happen.
        """
        running = True
        for key, _ in self._selector.select(wait):
            if key.data == "ending":
                running = False
            elif key.data == "stdin":
                self._feed(key.fd)
            else:
                self._read(key.fd, str(key.data))
        return running

    def drain(self) -> None:
        """Read what the dead program left in its pipes."""
        self._selector.unregister(self._ending)
        while self._reading() and self._selector.select(1.0):
            self.step(0)

    def output(self, stream: str) -> bytes:
        """Return what came out of "stdout" or "stderr"."""
        return bytes(self._kept[stream])

    def close(self) -> None:
        """Give the descriptors back."""
        for pipe in self._pipes.values():
            pipe.close()
        self._selector.close()
        os.close(self._ending)

    def _open(self, pipe: IO[bytes] | None, name: str) -> None:
        if pipe is None:
            return
        os.set_blocking(pipe.fileno(), False)
        event = selectors.EVENT_WRITE if name == "stdin" else selectors.EVENT_READ
        self._selector.register(pipe.fileno(), event, name)
        self._pipes[pipe.fileno()] = pipe

    def _reading(self) -> bool:
        return any(key.data in self._kept for key in self._selector.get_map().values())

    def _feed(self, descriptor: int) -> None:
        try:
            self._left = self._left[os.write(descriptor, self._left[:CHUNK]) :]
        except BrokenPipeError:
            self._left = memoryview(b"")
        if not self._left:
            self._end(descriptor)

    def _read(self, descriptor: int, name: str) -> None:
        got = os.read(descriptor, CHUNK)
        if not got:
            self._end(descriptor)
            return
        room = self._most - len(self._kept[name])
        self._kept[name] += got[:room]
        if len(got) > room:
            self.flooded = self.flooded or name

    def _end(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)
        self._pipes.pop(descriptor).close()
