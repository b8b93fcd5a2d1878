"""The sandbox that Inspect's own checks run against."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from assay.plugin.inspect_sandbox import BubblewrapConfig, BubblewrapEnvironment
from assay.sandbox.choosing import survey

EXCEPTIONS = {
    "test_exec_as_user": "a box has one user without rights; nothing in it can become root, so"
    " no user can be added, and asking for one raises SandboxUserUnsupportedError",
}
"""The checks of Inspect's that a box cannot pass, and why."""


@pytest.fixture
def anyio_backend() -> str:
    """Inspect's default."""
    return "asyncio"


@pytest.fixture
async def sandbox_env(request: pytest.FixtureRequest) -> AsyncIterator[BubblewrapEnvironment]:
    """Open a box as Inspect does for a sample."""
    tried = list(survey())
    if tried[-1].sandbox is None:
        pytest.skip("; ".join(f"{one.name}: {one.why}" for one in tried))
    if request.node.originalname in EXCEPTIONS:
        why = EXCEPTIONS[request.node.originalname]
        request.node.add_marker(pytest.mark.xfail(reason=why, strict=True))
    environments = await BubblewrapEnvironment.sample_init("check", BubblewrapConfig(), {})
    yield environments["default"].as_type(BubblewrapEnvironment)
    await BubblewrapEnvironment.sample_cleanup("check", None, environments, interrupted=False)
