"""The report in a real browser: on a desk, on a phone, in the dark, on paper."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
from tests.report.scans import campaign, scan

from assay.core.evidence import Abstention, Finding, Verdict
from assay.report.casefile import write as write_cases
from assay.report.html import write

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine"),
]
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DARK = "--blink-settings=preferredColorScheme=0"
LOADED = 2000
"""Milliseconds in which a report of 5,000 items has to be open (the issue's figure)."""


def chromium(profile: Path, *arguments: str) -> str:
    command = [CHROMIUM, *QUIET, f"--user-data-dir={profile}", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return ran.stdout


def pixels(png: bytes) -> bytes:
    """Return the raw scan lines of a PNG."""
    packed, at = b"", 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + size]
        at += size + 12
    return zlib.decompress(packed)


def framed(folder: Path, page: Path, width: int, measure: str) -> str:
    """Open a page in a frame of a width, and return what a line of script in the frame says.

    The report forbids scripts, so they stand in a copy without that rule, or in the frame.
    """
    frame = folder / "frame.html"
    frame.write_text(
        f'<body style="margin:0"><iframe style="border:0;width:{width}px;height:900px"'
        f' src="{page.name}" onload="{measure}"></iframe>',
        encoding="utf-8",
    )
    seen = chromium(
        folder / "profile", "--dump-dom", "--allow-file-access-from-files", frame.as_uri()
    )
    found = re.search(r"<title>(.*?)</title>", seen)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("name", ["flagged", "served", "hostile", "with_score"])
def test_is_not_blank_and_not_wider_than_the_screen(
    name: str,
    width: int,
    scheme: str,
    request: pytest.FixtureRequest,
    records: tuple[Finding | Abstention, ...],
    tmp_path: Path,
) -> None:
    verdict: Verdict = request.getfixturevalue(name)
    page = write(verdict, records, tmp_path / "report.html")
    fits(page, tmp_path, width, scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_case_files_fit_the_screen(width: int, scheme: str, tmp_path: Path) -> None:
    record = scan(campaign(hostile=True), campaign(flagged=False), hostile=True)
    (tmp_path / "case").mkdir()
    write_cases(record, tmp_path / "case")
    pages = sorted((tmp_path / "case").rglob("*.html"))
    assert len(pages) == 3  # the index, and two cases
    for number, page in enumerate(pages):
        folder = tmp_path / str(number)
        folder.mkdir()
        fits(page, folder, width, scheme)


def test_a_case_file_prints(tmp_path: Path) -> None:
    """On white paper, whatever the screen was, and on few sheets."""
    (tmp_path / "case").mkdir()
    write_cases(scan(campaign()), tmp_path / "case")
    [page] = (one for one in (tmp_path / "case").rglob("*.html") if "index" not in one.name)
    printed = tmp_path / "page.pdf"
    chromium(tmp_path / "profile", f"--print-to-pdf={printed}", DARK, page.as_uri())
    sheets = printed.read_bytes().count(b"/Type /Page\n")
    assert 1 <= sheets <= 6


def fits(page: Path, folder: Path, width: int, scheme: str) -> None:
    """Check that a page shows something, in the colours asked for, and nothing past the edge."""
    picture = folder / "page.png"
    chromium(
        folder / "profile",
        f"--screenshot={picture}",
        f"--window-size={width},1600",
        *([DARK] if scheme == "dark" else []),
        page.as_uri(),
    )
    raw = pixels(picture.read_bytes())
    assert len(set(raw)) > 50
    corner = max(raw[1:4]), min(raw[1:4])  # the first pixel is stored as it is, and it is paper
    assert corner[1] > 230 if scheme == "light" else corner[0] < 60
    text = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text(encoding="utf-8"))
    bare = folder / "bare.html"
    said = (
        "<script>document.title='wide '+document.documentElement.scrollWidth"
        "+' of '+document.documentElement.clientWidth</script>"
    )
    bare.write_text(text.replace("</body>", f"{said}</body>"), encoding="utf-8")
    told = framed(folder, bare, width, "document.title=frames[0].document.title")
    wide, seen = map(int, re.findall(r"\d+", told))
    assert seen <= width
    assert wide <= seen


def test_opens_five_thousand_items_quickly(flagged: Verdict, tmp_path: Path) -> None:
    """Parsed and laid out in a frame; the best of three, for the machine may be busy."""
    names = [e.instrument for e in flagged.evidence if e.estimate]
    many = [
        Finding(instrument=name, unit=str(i), score=(i * 7919 % 5000) / 5000 + (i % 2) / 3,
                role=("control", "suspect")[i % 2])
        for name in names
        for i in range(5000)
    ]  # fmt: skip
    page = write(flagged, many, tmp_path / "report.html")
    measure = (
        "frames[0].document.documentElement.scrollHeight;document.title='ms '+performance.now()"
    )
    times = [float(framed(tmp_path, page, 1200, measure).split()[1]) for _ in range(3)]
    assert min(times) < LOADED


def test_is_printed_on_a_few_pages(
    flagged: Verdict, findings: tuple[Finding, ...], tmp_path: Path
) -> None:
    page = write(flagged, findings, tmp_path / "report.html")
    paper = tmp_path / "report.pdf"
    chromium(
        tmp_path / "profile", f"--print-to-pdf={paper}", "--no-pdf-header-footer", page.as_uri()
    )
    sheets = len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
    assert 2 <= sheets <= 8
