"""Two small functions to complete, as a benchmark has them."""

from __future__ import annotations

from assay.core.item import Item
from assay.tasks.varying.parts import Source

COLUMNS = ("prompt", "canonical_solution", "test", "entry_point")


def source(name: str, prompt: str, canonical_solution: str, test: str, entry_point: str) -> Source:
    """Return an item with its row."""
    row = {
        "task_id": name,
        "prompt": prompt,
        "canonical_solution": canonical_solution,
        "test": test,
        "entry_point": entry_point,
    }
    return Source(item=Item(id=name, statement=prompt, answer=canonical_solution), row=row)


HALVE = source(
    "t/0",
    'def halve_number(number, limit):\n    """Return half of it, at most limit.\n'
    "    >>> halve_number(8, 10)\n    4\n    >>> halve_number(50, 10)\n    10\n"
    '    """\n',
    "    result = number // 2\n    return min(result, limit)\n",
    "def check(candidate):\n    assert candidate(8, 10) == 4\n    assert candidate(50, 10) == 10\n"
    "    assert candidate(6, 5) == 3\n    assert candidate(0, 5) == 0\n",
    "halve_number",
)
TOTAL = source(
    "t/1",
    'def total_length(words):\n    """Add the lengths up.\n'
    "    >>> total_length(['a', 'bc'])\n    3\n"
    '    """\n',
    "    total = 0\n    for word in words:\n        total += len(word)\n    return total\n",
    "def check(candidate):\n    assert candidate(['a', 'bc']) == 3\n    assert candidate([]) == 0\n"
    "    assert candidate(['xyz']) == 3\n    assert candidate(['p', 'q']) == 2\n",
    "total_length",
)
