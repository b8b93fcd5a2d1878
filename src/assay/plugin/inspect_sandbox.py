"""Assay's boxes as a sandbox of Inspect AI: `sandbox="bubblewrap"`.

Covered: `exec`, `read_file` and `write_file`, with Inspect's own limits of output and of size;
each sample has a box of its own. Not covered: another user than the box's own, and whatever
wants a process to outlive the call that started it (`exec_remote`, shell sessions, browsers):
everything that a call starts is dead when the call returns. Calls take turns, one at a time.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

from anyio import to_thread
from inspect_ai.util import (
    ExecResult,
    OutputLimitExceededError,
    SandboxEnvironment,
    SandboxEnvironmentConfigType,
    SandboxEnvironmentLimits,
    SandboxUnavailableError,
    SandboxUserUnsupportedError,
    sandboxenv,
)
from pydantic import BaseModel, ConfigDict, Field

from assay.core.errors import SandboxError
from assay.core.running import Limits, Ran, Sandbox
from assay.plugin.telling import result_of
from assay.sandbox.choosing import best
from assay.sandbox.files import FileIsTooLarge, fetch, put

__all__ = ["BubblewrapConfig", "BubblewrapEnvironment"]

T = TypeVar("T")
USERS = ("box", "1000")
"""The one user of a box, by name and by number."""
DISTURBING = (FileNotFoundError, IsADirectoryError, PermissionError, FileIsTooLarge)


class BubblewrapConfig(BaseModel):
    """What a task may say of its boxes: `SandboxEnvironmentSpec("bubblewrap", config)`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tree: Path | None = None
    """A folder that each sample finds in its working directory, and cannot change; or none."""
    reads: dict[str, Path] = Field(default_factory=dict)
    """More folders to read: where they are seen, and where they lie."""
    limits: Limits = Field(default_factory=Limits)
    """Of each call that names none."""


@sandboxenv(name="bubblewrap")
class BubblewrapEnvironment(SandboxEnvironment):
    """A box for one sample."""

    def __init__(self, sandbox: Sandbox, config: BubblewrapConfig) -> None:
        super().__init__()
        self._limits = config.limits
        with ExitStack() as held:
            tree = config.tree or Path(held.enter_context(tempfile.TemporaryDirectory()))
            self._box = held.enter_context(
                sandbox.open(tree, reads=config.reads, limits=config.limits)
            )
            self._held = held.pop_all()

    async def exec(
        self,
        cmd: list[str],
        input: str | bytes | None = None,  # noqa: A002 - Inspect's name
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        user: str | None = None,
        timeout: int | None = None,  # noqa: ASYNC109 - Inspect's name
        *_: bool,
        **__: bool,
    ) -> ExecResult[str]:
        """Run a command; see Inspect's `SandboxEnvironment.exec`. Nothing is run a second time."""
        if user is not None and user not in USERS:
            msg = f"a box has one user, {USERS[0]!r}; {user!r} is not in it"
            raise SandboxUserUnsupportedError(msg)
        given = input.encode() if isinstance(input, str) else input or b""
        limits = self._limits.model_copy(
            update={"output_bytes": SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE}
            | ({} if timeout is None else {"seconds": float(timeout)})
        )
        run = partial(self._box.run, cmd, stdin=given, env=env, cwd=cwd or ".", limits=limits)
        return result_of(await _in_thread(run), cmd)

    async def write_file(self, file: str, contents: str | bytes) -> None:
        """Write a file, and its folders; see Inspect's `SandboxEnvironment.write_file`."""
        content = contents.encode() if isinstance(contents, str) else contents
        allowed = self._limits.disk_bytes
        await _in_thread(partial(put, self._run, file, content, beneath="", disk_bytes=allowed))

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...  # noqa: FBT002

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    async def read_file(self, file: str, text: bool = True) -> str | bytes:  # noqa: FBT001, FBT002
        """Return a file's content; see Inspect's `SandboxEnvironment.read_file`."""
        most = SandboxEnvironmentLimits.MAX_READ_FILE_SIZE
        try:
            content = await _in_thread(partial(fetch, self._run, file, beneath="", most=most))
        except FileIsTooLarge as error:
            said = SandboxEnvironmentLimits.MAX_READ_FILE_SIZE_STR
            raise OutputLimitExceededError(said, None) from error
        return content.decode("utf-8") if text else content

    @classmethod
    async def sample_init(
        cls,
        task_name: str,
        config: SandboxEnvironmentConfigType | None,
        metadata: dict[str, str],
    ) -> dict[str, SandboxEnvironment]:
        """Open a box for a sample."""
        del task_name, metadata
        chosen = config if isinstance(config, BubblewrapConfig) else _configured(config)
        return {"default": await _in_thread(lambda: cls(best(), chosen))}

    @classmethod
    async def sample_cleanup(
        cls,
        task_name: str,
        config: SandboxEnvironmentConfigType | None,
        environments: dict[str, SandboxEnvironment],
        interrupted: bool,  # noqa: FBT001 - Inspect's signature
    ) -> None:
        """Take a sample's box away, and end what still runs in it."""
        del task_name, config, interrupted
        for environment in environments.values():
            await _in_thread(environment.as_type(cls).close)

    @classmethod
    def default_concurrency(cls) -> int | None:
        """Samples at a time: two for each processor, since many wait for a model."""
        return 2 * (os.cpu_count() or 1)

    @classmethod
    def config_deserialize(cls, config: dict[str, Any]) -> BaseModel:
        """Read what a log says of a task's boxes."""
        return BubblewrapConfig.model_validate(config)

    def close(self) -> None:
        """Take the box away."""
        self._held.close()

    def _run(self, argv: Any, stdin: bytes, limits: Limits) -> Ran:
        return self._box.run(argv, stdin=stdin, limits=limits)


def _configured(config: SandboxEnvironmentConfigType | None) -> BubblewrapConfig:
    if config is None:
        return BubblewrapConfig()
    if isinstance(config, str):
        return BubblewrapConfig(tree=Path(config))
    return BubblewrapConfig.model_validate(config.model_dump())


async def _in_thread(call: Callable[[], T]) -> T:
    # Inspect may give up waiting, at a sample's time limit: the box is closed then, which ends
    # the call.
    try:
        return await to_thread.run_sync(call, abandon_on_cancel=True)
    except DISTURBING:
        raise
    except SandboxError as error:
        raise SandboxUnavailableError(str(error)) from error
