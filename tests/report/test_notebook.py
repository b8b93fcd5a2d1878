"""Records in a notebook: one small box that is safe anywhere."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.report.reading import read

from assay.core.evidence import Verdict
from assay.report.notebook import BLUE, COLOUR


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [*COLOUR.values(), BLUE])
@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
def test_colours_can_be_read_on_light_and_dark(colour: str, ground: str) -> None:
    assert contrast(colour, ground) >= (3.5 if colour != BLUE else 3.0)  # blue is never text


def test_a_verdict_shows_itself(flagged: Verdict) -> None:
    box = flagged._repr_html_()
    words = "".join(read(box).words)
    for expected in ("FLAGGED", flagged.headline, "1,531", "200", "82 suspects", "error rate 1 %"):
        assert expected in words
    assert "<style" not in box
    assert len(box) < 6000


def test_evidence_shows_itself(flagged: Verdict) -> None:
    number, silent = flagged.evidence[3], flagged.evidence[-1]
    assert "0.790" in number._repr_html_()
    assert "the items carry no options" in silent._repr_html_()


def test_hostile_text_is_text(hostile: Verdict) -> None:
    boxes = [hostile._repr_html_(), *(e._repr_html_() for e in hostile.evidence)]
    for box in boxes:
        seen = read(box)
        assert set(seen.tags) <= {"div", "span", "b", "bdi", "svg", "rect"}
        assert not {name for name, _ in seen.attributes if name.startswith("on")}
        assert not set("\x1b\u202e\x00") & set(box)
        assert len(box) < 30_000


def test_making_a_verdict_loads_no_pages() -> None:
    code = (
        "import sys, assay.core.evidence\n"
        "assert not {'jinja2', 'markupsafe', 'assay.report'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
