"""Inspect AI's own conformance suite for sandboxes, on ours; exceptions are in `conftest`."""

from __future__ import annotations

import pytest
from inspect_ai.util._sandbox.self_check import *  # noqa: F403

pytestmark = pytest.mark.anyio
