"""The two users whose boxes are attacked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.sandbox.attackers import Ourselves, World, another_user

from assay.sandbox.choosing import survey


@pytest.fixture(scope="session")
def works() -> None:
    """Skip where no sandbox works, and say why."""
    tried = list(survey())
    if tried[-1].sandbox is None:
        pytest.skip("; ".join(f"{one.name}: {one.why}" for one in tried))


@pytest.fixture(scope="session", params=["ourselves", "nobody"])
def world(request: pytest.FixtureRequest, works: None) -> Iterator[World]:
    """Who opens the boxes: this process, and a user without rights where we can become one."""
    del works
    if request.param == "nobody" and os.geteuid() != 0:
        pytest.skip("only root can start a process as another user; ourselves are no root")
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="assay-test-")))
        folder.chmod(0o711)
        if request.param == "ourselves":
            yield Ourselves(folder)
        else:
            yield held.enter_context(another_user(folder))


@pytest.fixture
def tree(world: World) -> Path:
    """An empty work tree of the user's."""
    return world.tree()
