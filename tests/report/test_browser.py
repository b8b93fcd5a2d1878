"""The report in a real browser, on a desk and on a phone."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from assay.core.evidence import Finding, Verdict
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


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("name", ["flagged", "hostile"])
def test_is_not_blank_and_not_wider_than_the_screen(
    name: str,
    width: int,
    request: pytest.FixtureRequest,
    findings: tuple[Finding, ...],
    tmp_path: Path,
) -> None:
    verdict: Verdict = request.getfixturevalue(name)
    page = write(verdict, findings, tmp_path / "report.html")
    picture = tmp_path / "page.png"
    chromium(
        tmp_path / "profile",
        f"--screenshot={picture}",
        f"--window-size={width},1600",
        page.as_uri(),
    )
    assert len(set(pixels(picture.read_bytes()))) > 50
    # The report forbids scripts, so a frame around a copy without that rule does the measuring.
    text = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text(encoding="utf-8"))
    measure = (
        "<script>document.title='wide '+document.documentElement.scrollWidth"
        "+' of '+document.documentElement.clientWidth</script>"
    )
    bare = tmp_path / "bare.html"
    bare.write_text(text.replace("</body>", f"{measure}</body>"), encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<body style="margin:0"><iframe style="border:0;width:{width}px;height:900px"'
        f' src="{bare.name}" onload="document.title=frames[0].document.title"></iframe>',
        encoding="utf-8",
    )
    seen = chromium(
        tmp_path / "profile",
        "--dump-dom",
        "--allow-file-access-from-files",
        "--virtual-time-budget=3000",
        frame.as_uri(),
    )
    found = re.search(r"wide (\d+) of (\d+)", seen)
    assert found is not None
    assert int(found.group(2)) <= width
    assert int(found.group(1)) <= int(found.group(2))
