"""Inspect AI's own conformance suite for sandboxes, on ours; exceptions are in `conftest`."""

from __future__ import annotations

import pytest
from inspect_ai.util._sandbox.self_check import *  # noqa: F403
from inspect_ai.util._sandbox.self_check import (
    test_exec_timeout_kills_child_processes,
    test_exec_timeout_kills_process,
)

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
# These two wait seven seconds each.
test_exec_timeout_kills_child_processes = pytest.mark.slow(test_exec_timeout_kills_child_processes)
test_exec_timeout_kills_process = pytest.mark.slow(test_exec_timeout_kills_process)
