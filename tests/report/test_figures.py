"""The pictures draw what the numbers say: geometry is read back out of the SVG."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest

from assay.core.evidence import Abstention, Evidence, Finding, Flag, Null, Stop, Total, Verdict
from assay.report import charts
from assay.report.blocks import Figure, Row
from assay.report.growth import growth
from assay.report.sensitivity import sensitivity
from assay.report.strip import strips
from assay.report.waterfall import waterfall

NEAR = 0.02
"""Places are written to a hundredth of a per cent, so that ends may differ by two."""


def bar(row: Row) -> tuple[float, float]:
    """Return where a row's bar starts and ends, in per cent."""
    found = re.search(r'<rect class="\w+" x="([\d.]+)%" width="([\d.]+)%"', row.chart)
    assert found is not None
    return float(found.group(1)), float(found.group(1)) + float(found.group(2))


def shown(figure: Figure | None) -> Figure:
    assert figure is not None
    return figure


def test_a_waterfall_leads_from_one_to_its_total(flagged: Verdict) -> None:
    path = tuple(0.1 * i for i in range(1, 83))
    total = flagged.totals[1].model_copy(update={"path": path, "e_value": math.exp(path[-1])})
    rows = shown(waterfall(flagged.model_copy(update={"totals": (total,)}))).rows
    steps = [row for row in rows if row.style == "step"]
    (last,) = (row for row in rows if row.style == "strong")
    assert [row.name for row in steps][:2] == ["items 1 to 14", "items 15 to 27"]
    assert bar(steps[0])[0] == pytest.approx(bar(last)[0], abs=NEAR)
    for one, two in pairwise(steps):
        assert bar(one)[1] == pytest.approx(bar(two)[0], abs=NEAR)
    assert bar(steps[-1])[1] == pytest.approx(bar(last)[1], abs=NEAR)
    assert steps[0].value == "× 4.05"  # exp(1.4), rounded down
    assert (last.value, last.detail) == ("e = 3,640", "flags")


def test_exact_evidence_falls_apart_into_its_instruments(flagged: Verdict) -> None:
    """Order and canary have draws of their own: their e-values multiply to the total."""
    path = (math.log(1.8), math.log(1.8) + math.log(0.3))
    exact = flagged.totals[0].model_copy(update={"path": path, "e_value": 0.54})
    rows = shown(waterfall(flagged.model_copy(update={"totals": (exact,)}))).rows
    assert [(r.name, r.value) for r in rows if r.style == "step"] == [
        ("order", "× 1.80"),
        ("canary", "× 0.30"),
    ]
    averaged = exact.model_copy(update={"path": (math.log(1.05),), "e_value": 1.05})
    rows = shown(waterfall(flagged.model_copy(update={"totals": (averaged,)}))).rows
    steps = [(r.name, r.value) for r in rows if r.style == "step"]
    assert steps[-1] == ("averaged, unit by unit", "× 1.94")  # 1.05 / (1.8 * 0.3)


def test_earlier_runs_are_a_step_of_their_own(flagged: Verdict) -> None:
    rerun = flagged.model_copy(update={"runs": 3, "totals": flagged.totals[1:]})
    rows = shown(waterfall(rerun)).rows
    assert [r.note for r in rows if r.name == "earlier runs"] == ["average over 3 runs"]


def test_nothing_to_draw_is_no_figure(undecided: Verdict) -> None:
    assert waterfall(undecided) is None
    assert list(growth(undecided)) == []


def test_the_curve_says_where_it_stopped_and_what_that_saved(flagged: Verdict) -> None:
    total = flagged.totals[1]
    stop = Stop(planned=164, measured=82, reason="decided early")
    (figure,) = growth(flagged.model_copy(update={"stop": stop, "totals": (total,)}))
    assert "82 of 164 units measured, 82 saved (50 %)" in figure.caption.lower()
    assert ">50 %<" in figure.rows[0].chart
    assert ">saved<" in figure.rows[0].chart
    assert "stopped at 82" in str(figure.ticks)


def test_the_curve_of_a_full_pass_says_what_stopping_would_have_saved(flagged: Verdict) -> None:
    total = flagged.totals[1]
    first = next(n for n, v in enumerate(total.path, 1) if v >= math.log(200))
    (figure,) = growth(flagged.model_copy(update={"totals": (total,)}))
    assert f"first reached its line after {first}" in figure.caption
    assert 'class="crossing"' in figure.rows[0].chart


@pytest.mark.parametrize("count", [1, 3, 164, 5000])
def test_every_item_is_drawn_once(flagged: Verdict, count: int) -> None:
    """Heights of all marks, in units of one item's height, add up to the number of items."""
    name = "logprob.minkpp"
    findings = [
        Finding(instrument=name, unit=str(i), score=math.sin(i), role=("control", "suspect")[i % 2])
        for i in range(count)
    ]
    (figure,) = strips(flagged.model_copy(update={"flags": ()}), findings, {})
    chart = figure.rows[0].chart
    heights = [float(h) for h in re.findall(r"v([\d.]+)h-", chart)]
    if count <= 164:
        assert len(heights) == count
    else:
        assert len(heights) < 300  # runs of one kind are one shape
        by_side = {
            side: sum(float(h) for h in re.findall(r"v([\d.]+)h-", path))
            for side, path in re.findall(r'class="mark (\w+)" d="([^"]+)"', chart)
        }
        # The same number on both sides: the same area, to the rounding of every shape.
        assert by_side["suspect"] == pytest.approx(by_side["control"], abs=0.05 * len(heights))
    assert f"{(count + 1) // 2:,} control" in figure.rows[0].note


def test_a_frequent_answer_hides_no_other(flagged: Verdict) -> None:
    scores = [0.0] * 3000 + [i / 40 for i in range(1, 40)]
    findings = [
        Finding(instrument="logprob.minkpp", unit=str(i), score=s) for i, s in enumerate(scores)
    ]
    (figure,) = strips(flagged.model_copy(update={"flags": ()}), findings, {})
    chart = figure.rows[0].chart
    assert ">3,000<" in chart
    assert max(float(h) for h in re.findall(r"v([\d.]+)h-", chart)) > 50
    single = [float(h) for h in re.findall(r"v([\d.]+)h-", chart)]
    assert sorted(single)[10] > 5  # an item that answered otherwise is still seen


def test_flags_refusals_and_silence_are_told_apart(flagged: Verdict) -> None:
    name = "logprob.minkpp"
    records: list[Finding | Abstention] = [
        Finding(instrument=name, unit="a", score=1.0, role="suspect"),
        Finding(instrument=name, unit="b", score=0.5, role="suspect"),
        Finding(instrument=name, unit="c", score=0.0, role="control", detail={"ending": "refusal"}),
        Abstention(instrument=name, unit="d", role="control", reason="no answer"),
    ]
    flags = (Flag(unit="a", p_value=0.01, score=1.0),)
    (figure,) = strips(flagged.model_copy(update={"flags": flags}), records, {})
    chart, table = figure.rows[0].chart, figure.table
    assert figure.rows[0].note == (
        "2 suspects, 1 control, 1 flagged, 1 refused or cut short, 1 without measurement"
    )
    for kind in ("suspect", "flagged", "unanswered", "missing"):
        assert f'class="mark {kind}"' in chart
    assert table is not None
    assert [row[-3:] for row in table.rows] == [("1", "0", "0"), ("0", "1", "1")]


def test_other_error_rates_follow_from_the_e_value(flagged: Verdict) -> None:
    """Two kinds at 1 % need 200, so an e-value of 1531.2 flags from 2 / 1531.2 = 0.131 % on."""
    (figure,) = sensitivity(flagged)
    assert [row.value for row in figure.rows] == ["none", "0.131 %"]
    assert figure.table is not None
    reached = {row[0]: row[2] for row in figure.table.rows}
    assert reached["0.5 %"] == "reached"
    assert reached["0.1 %"] == "not reached"


def test_hidden_bias_is_drawn_where_chance_did_not_pick(served: Verdict) -> None:
    figure = list(sensitivity(served))[-1]
    assert figure.rows[0].value == "Γ = 1.83"
    assert figure.table is not None
    assert {row[0]: row[1] for row in figure.table.rows} == {
        "1": "reached", "1.25": "reached", "1.5": "reached", "2": "not reached", "3": "not reached",
    }  # fmt: skip


@pytest.mark.parametrize("e_value", [0.0, 1e-300, 1.0, 1e308])
@pytest.mark.parametrize("path", [(), (0.0,), (-700.0, 700.0), tuple(-9.0 * i for i in range(99))])
def test_any_total_can_be_drawn(flagged: Verdict, e_value: float, path: tuple[float, ...]) -> None:
    total = Total(null=Null.MATCHED, instruments=("x",), e_value=e_value, needed=100.0, path=path)
    one = Evidence(
        instrument="x", version=1, question="q", claim="c", null=Null.MATCHED, e_value=e_value
    )
    verdict = flagged.model_copy(update={"totals": (total,), "evidence": (one,)})
    drawn = [shown(waterfall(verdict)), *growth(verdict), *sensitivity(verdict)]
    for row in (row for figure in drawn for row in figure.rows):
        assert "nan" not in row.chart.lower()
        assert "inf" not in row.chart.lower().replace('inf"', "")
        assert all(0 <= float(x) <= 100 for x in re.findall(r'x1?="([\d.-]+)%"', row.chart))


def test_powers_fit_on_a_phone() -> None:
    for high in (0.4, 3.0, 17.0, 300.0):
        marks = charts.powers(charts.Axis(low=-0.3, high=high))
        assert 1 <= len(marks) <= 7
