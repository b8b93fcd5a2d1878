"""How the command line starts: fast, and without what it does not need."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay import cli

Runner = Callable[..., Any]
HEAVY = {
    "numpy",
    "scipy",
    "sklearn",
    "torch",
    "transformers",
    "pyarrow",
    "pydantic",
    "rich",
    "typer",
}
LOADED = """
import sys
from assay.cli import run
code = run(["--help"])
print(code, sorted(set(sys.argv[1:]) & set(sys.modules)), file=sys.stderr)
"""


def test_help_loads_nothing_heavy() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, *HEAVY], capture_output=True, text=True, check=True
    )
    assert ran.stderr == "0 []\n"


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_names_every_command(here: Runner, arguments: tuple[str, ...]) -> None:
    said = here(*arguments)
    assert said.code == 0
    assert all(name in said.out for name in cli.COMMANDS)
    assert max(map(len, said.out.splitlines())) <= 80


def test_version(here: Runner) -> None:
    assert here("--version").out.startswith("assay ")


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_explains_itself(here: Runner, name: str) -> None:
    said = here(name, "--help")
    assert said.code == 0
    assert f"assay {name}" in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("examin",), "Did you mean 'examine'?"),
        (("examine",), "assay examine --help"),
        (("examine", "humaneval"), "--model"),
        (("examine", "humaneval", "--model", "scripted:clean", "--nonsense"), "--nonsense"),
        (("examine", "humaneval", "--model", "scripted:clean", "--alpha", "2"), "--alpha 2.0"),
        (("examine", "humaneval", "--model", "scripted:clean", "--set", "order"), "NAME=VALUE"),
        (("examine", "humaneval", "--model", "scripted:clean", "--fail-on", "dirty"), "'dirty'"),
        (("examine", "humaneval", "--model", "smollm"), "smollm2"),
        (("examine", "humanevil", "--model", "scripted:clean"), "humaneval"),
        (("examine", "humaneval", "-m", "scripted:clean", "--instrument", "ordr"), "order"),
        (("instruments", "ordr"), "order"),
        (("schema", "verdikt"), "verdict"),
        (("show", "no-such-run"), "no-such-run"),
        (("doctor", "extra"), "extra"),
    ],
)
def test_usage_errors_say_what_next(
    here: Runner,
    arguments: tuple[str, ...],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    said = here(*arguments)
    assert said.code == 2
    assert words in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_reader_who_leaves_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    for arguments in (["--help"], ["schema", "verdict"], ["instruments"]):
        ran = subprocess.run(
            [sys.executable, "-m", "assay", *arguments],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, b"")
    os.close(writing)
