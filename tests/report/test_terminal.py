"""The verdict in the terminal: 80 columns, two sets of marks, nothing that moves the cursor."""

from __future__ import annotations

import io

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from assay.core.evidence import (
    Estimate,
    Evidence,
    Flag,
    GuardReport,
    Null,
    Status,
    Stop,
    Total,
    Verdict,
)
from assay.report.html import render
from assay.report.terminal import show


def shown(verdict: Verdict, *, encoding: str = "utf-8", width: int = 80) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    show(verdict, Console(file=stream, width=width, color_system=None, legacy_windows=False))
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("name", ["flagged", "undecided", "hostile"])
def test_fits_80_columns(name: str, encoding: str, request: pytest.FixtureRequest) -> None:
    text = shown(request.getfixturevalue(name), encoding=encoding)
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("name", ["flagged", "undecided"])
def test_says_everything(name: str, request: pytest.FixtureRequest) -> None:
    verdict: Verdict = request.getfixturevalue(name)
    text = " ".join(shown(verdict).split())
    assert verdict.status.value.upper() in text
    for words in (verdict.claim, verdict.headline, *verdict.why, *verdict.would_change,
                  *verdict.not_shown, *(e.abstention for e in verdict.evidence)):  # fmt: skip
        assert words[:40] in text
    assert str(verdict.seed) in text
    for one in verdict.evidence:
        assert one.instrument in text


def test_descriptive_numbers_are_marked(undecided: Verdict) -> None:
    assert "never flags" in shown(undecided)


def test_ascii_is_ascii(flagged: Verdict) -> None:
    assert shown(flagged, encoding="ascii").isascii()
    assert "\\x1b" not in shown(flagged, encoding="ascii")


def test_narrow_terminals_hold_it_too(flagged: Verdict) -> None:
    assert max(map(len, shown(flagged, width=60).splitlines())) <= 60


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=120)
NUMBERS = st.floats(0, 1e300) | st.sampled_from([0.0, 1e-300, 1.0, 100.0])
SHARES = st.floats(0, 1)


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    low, value, high = sorted(draw(st.tuples(*[st.floats(-1e6, 1e6)] * 3)))
    unit = draw(st.sampled_from(["AUC", "nats"]) | TEXTS)
    return Estimate(value=value, low=low, high=high, unit=unit, method="m")


EVIDENCE = st.builds(
    Evidence,
    instrument=TEXTS,
    null=st.sampled_from(Null),
    estimate=st.none() | estimates(),
    e_value=st.none() | NUMBERS,
    p_value=st.none() | SHARES,
    largest_e=st.none() | NUMBERS,
    abstention=st.just("") | TEXTS,
    suspects=st.integers(0, 10**9),
    caveats=st.lists(TEXTS, max_size=2).map(tuple),
    parameters=st.dictionaries(TEXTS, TEXTS | SHARES, max_size=2),
)
TOTALS = st.builds(
    Total,
    null=st.sampled_from(Null),
    instruments=st.lists(TEXTS, max_size=3).map(tuple),
    e_value=NUMBERS,
    needed=st.floats(1, 1e12),
    largest_e=st.none() | NUMBERS,
    path=st.lists(st.floats(-500, 500), max_size=5).map(tuple),
    flags=st.booleans(),
)
VERDICTS = st.builds(
    Verdict,
    status=st.sampled_from(Status),
    claim=TEXTS,
    headline=TEXTS,
    alpha=st.floats(1e-6, 0.5),
    benchmark=TEXTS,
    benchmark_digest=TEXTS,
    model=TEXTS,
    model_digest=TEXTS,
    reference=st.none() | TEXTS,
    totals=st.lists(TOTALS, max_size=2).map(tuple),
    evidence=st.lists(EVIDENCE, max_size=3).map(tuple),
    flags=st.lists(
        st.builds(Flag, unit=TEXTS, p_value=SHARES, score=st.floats(-1e9, 1e9)), max_size=2
    ).map(tuple),
    flags_q=st.none() | SHARES,
    flags_note=st.just("") | TEXTS,
    guard=st.none()
    | st.builds(
        GuardReport,
        blind_auc=SHARES,
        blind_upper=SHARES,
        beats_p=st.none() | SHARES,
        gamma=st.none() | st.floats(1, 1e6),
        reason=TEXTS,
    ),
    stop=st.builds(Stop, planned=st.integers(0, 10**9), measured=st.integers(0, 10**9)),
    version=TEXTS,
)


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a verdict takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(VERDICTS, st.sampled_from(["utf-8", "ascii"]))
def test_any_verdict_fits_80_columns_and_is_one_safe_page(verdict: Verdict, encoding: str) -> None:
    text = shown(verdict, encoding=encoding)
    # Not splitlines(): it also breaks at characters that a terminal does not break at.
    assert max(cell_len(line) for line in text.split("\n")) <= 80
    assert all(c == "\n" or c.isprintable() for c in text)
    page = render(verdict)
    assert "<script" not in page
    assert all(c == "\n" or c.isprintable() for c in page)
