"""The documents say what the code does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli import COMMANDS, VERBS, run
from assay.formats.manifest import read_manifest

ROOT = Path(__file__).parents[2]
PAGES = sorted(p for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_the_instruments_page_is_what_the_catalogue_gives() -> None:
    script = [sys.executable, str(ROOT / "docs/generate.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_option_of_the_readme_exists(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = sorted(name for name in COMMANDS | VERBS if f"assay {name}" in readme)
    assert [run([*name.split(), "--help"]) for name in commands] == [0] * len(commands)
    help_text = capsys.readouterr().out
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", readme))
    ours = named - {"--strict"}  # mypy's
    assert {option for option in ours if option not in help_text} == set()


def test_the_manifest_of_the_readme_is_read(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)
    path = tmp_path / "m.json"
    path.write_text(json.dumps(json.loads(example)), encoding="utf-8")
    manifest = read_manifest(path)
    assert [c.act for c in manifest.certificates] == ["order"]
    assert [c.id for c in manifest.canaries] == ["c1"]


def test_examples_are_short() -> None:
    for path in ROOT.glob("examples/*.py"):
        assert len(path.read_text("utf-8").splitlines()) <= 40, path
