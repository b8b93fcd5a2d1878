"""An event loop in a thread of its own, and work done side by side on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

__all__ = ["LoopThread", "side_by_side"]

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")
PATIENCE = 10.0
"""Seconds that what was cancelled has for its farewell."""
STAGGER = 0.01
"""Seconds between the first questions. Asked at once, they would be answered at once, and each
answer would wait for the work on all others; a server that is steady keeps them so for ever."""


class LoopThread:
    """Where does asynchronous work run that synchronous code asks for?

    In a daemon thread that starts with the first work and ends with `stop`.

    Examples
    --------
    >>> loop = LoopThread()
    >>> loop.run(asyncio.sleep(0, "done"))
    'done'
    >>> loop.stop()
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Coroutine[Any, Any, Answered]) -> Answered:
        """Do this, and wait for it."""
        future = asyncio.run_coroutine_threadsafe(work, self._started())
        try:
            return future.result()
        except BaseException:
            future.cancel()  # the wait was interrupted: nobody wants the result any more
            raise

    def soon(self, call: Callable[[], object]) -> None:
        """Do this when the loop comes to it; nothing where it was stopped."""
        with suppress(RuntimeError):
            self._started().call_soon_threadsafe(call)

    def stop(self, farewell: Callable[[], Awaitable[None]] | None = None) -> None:
        """Cancel what is under way, say farewell, end the thread."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None or loop.is_closed():
            return
        if thread is threading.current_thread():  # collected as garbage in the loop itself
            loop.stop()
            return
        ending = asyncio.run_coroutine_threadsafe(_wind_up(farewell), loop)
        with suppress(TimeoutError):
            ending.result(timeout=PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=PATIENCE)
        loop.close()

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            self._thread.start()
        return self._loop


async def _wind_up(farewell: Callable[[], Awaitable[None]] | None) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    if farewell is not None:
        await farewell()
    await asyncio.get_running_loop().shutdown_asyncgens()
    await asyncio.get_running_loop().shutdown_default_executor()  # where names are looked up
    await asyncio.sleep(0)  # sockets are closed in the loop's next round


def side_by_side(
    loop: LoopThread,
    questions: Sequence[Asked],
    ask: Callable[[Asked], Coroutine[Any, Any, Answered]],
    width: int,
) -> Generator[tuple[int, Answered]]:
    """Ask all questions, `width` of them in flight, and yield answers as they come.

    Questions are taken up one by one: nothing grows with their number. At most `width` answers
    wait to be taken; closing the iterator cancels what is in flight.
    """
    done: SimpleQueue[tuple[int, Answered] | None] = SimpleQueue()
    room = asyncio.Semaphore(2 * width)
    feed = iter(enumerate(questions))

    async def work() -> None:
        for index, question in feed:
            await room.acquire()
            # A task of its own has context variables of its own: what a library leaves in them
            # goes when the answer has come.
            done.put((index, await asyncio.create_task(ask(question))))

    async def crew() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(width, len(questions))):
                group.create_task(work())
                await asyncio.sleep(STAGGER)

    async def begin() -> asyncio.Task[None]:
        task = asyncio.create_task(crew())
        task.add_done_callback(lambda _: done.put(None))
        return task

    task = loop.run(begin())
    try:
        while (found := done.get()) is not None:
            loop.soon(room.release)
            yield found
    finally:
        if not task.done():
            loop.soon(task.cancel)
            _drain(done)
    task.result()


def _drain(done: SimpleQueue[Any]) -> None:
    """Wait for the end, and for nothing else."""
    with suppress(Empty):
        while done.get(timeout=PATIENCE) is not None:
            pass
