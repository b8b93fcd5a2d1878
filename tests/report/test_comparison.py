"""Many claims on one page and in 80 columns."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.report.conftest import HOSTILE, MEGABYTE
from tests.report.reading import loads_nothing, read

from assay.core.comparison import Compared, Comparison, Part
from assay.core.evidence import Null, Status
from assay.core.subject import Cost
from assay.report.comparison import render, show


def claim(model: str, e_value: float | None, **fields: object) -> Compared:
    given = {"model": model, "benchmark": "humaneval", "e_value": e_value, "planned": 164,
             "measured": 164, "status": None if e_value is None else Status.UNDECIDED,
             "cost": Cost(calls=10, tokens=100), **fields}  # fmt: skip
    return Compared.model_validate(given)


def comparison(*claims: Compared, **fields: object) -> Comparison:
    given = {"name": "three models", "q": 0.05, "claims": claims, "needed": 30.0,
             "needed_alone": 60.0, "method": "e-BH", "headline": "2 of 3 claims are flagged.",
             "not_shown": ("runs that were left out",), "version": "0.1.0",
             "cost": Cost(calls=30, tokens=300, nanodollars=5_000_000_000), **fields}  # fmt: skip
    return Comparison.model_validate(given)


@pytest.fixture
def three() -> Comparison:
    part = Part(null=Null.EXACT, topic="ids", e_value=9.0, counts=False)
    return comparison(
        claim("one", 5.6e7, flagged=True, status=Status.FLAGGED, alpha=0.01),
        claim("two", 41.0, flagged=True, parts=(part,), stopped_early=True, runs=("a", "b")),
        claim("three", None, problem="401: the key was refused"),
    )


@pytest.fixture
def nasty(three: Comparison) -> Comparison:
    bad = [
        c.model_copy(update={"model": HOSTILE, "benchmark": b, "problem": MEGABYTE})
        for c in three.claims
        for b in (HOSTILE, MEGABYTE)
    ]
    return three.model_copy(
        update={"claims": tuple(bad), "name": HOSTILE, "headline": MEGABYTE, "method": HOSTILE}
    )


def printed(found: Comparison, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    show(found, Console(file=stream, width=80, color_system=None, legacy_windows=False))
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("name", ["three", "nasty"])
def test_a_page_that_loads_nothing(name: str, request: pytest.FixtureRequest) -> None:
    page = render(request.getfixturevalue(name))
    assert loads_nothing(page)
    assert not set("\x1b\u202e\x00\x07") & set(page)
    assert len(page) < 200_000


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("name", ["three", "nasty"])
def test_fits_80_columns(name: str, encoding: str, request: pytest.FixtureRequest) -> None:
    text = printed(request.getfixturevalue(name), encoding)
    assert max(cell_len(line) for line in text.split("\n")) <= 80
    assert all(c == "\n" or c.isprintable() for c in text)


def test_says_the_same_everywhere(three: Comparison) -> None:
    words = "".join(read(render(three)).words)
    for expected in ("5.6e7", "41", "5 %", "$5.00", "the key was refused", "may not flag",
                     "stopped early", "2 runs, averaged", "texts known by id"):  # fmt: skip
        assert expected in words
    text = " ".join(printed(three).split())
    for expected in (three.headline, "5.6e7", "no verdict", "$5.00", "30", "60", "left out"):
        assert expected in text


def test_models_and_benchmarks_cross() -> None:
    claims = [
        claim(model, 10.0**n, benchmark=bench, flagged=n > 2)
        for n, (model, bench) in enumerate((m, b) for m in "ab" for b in ("x", "y"))
    ]
    page = render(comparison(*claims))
    assert "Models by benchmarks" in page
    assert page.count("--strength:") == 4
    assert "Models by benchmarks" not in render(comparison(*claims[:1]))


def test_two_hundred_claims_are_a_small_page() -> None:
    claims = [claim(f"model {n}", 1.5**n, benchmark=f"bench {n % 20}") for n in range(200)]
    assert len(render(comparison(*claims))) < 500_000
