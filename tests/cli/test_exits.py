"""Every way in which a command can end, and the code it ends with."""

from __future__ import annotations

import pytest

from assay.cli.exits import Exits, finish
from assay.core import errors

CASES = [
    (errors.UsageError("no such file\n  next: look"), 2, "next: look"),
    (errors.BadFormat("a.jsonl", 3, "no id", "add one"), 2, "a.jsonl:3"),
    (errors.UnknownName("model", "smolm2", ["smollm2"], "assay doctor"), 2, "smollm2"),
    (errors.BadConfig("alpha"), 2, "alpha"),
    (errors.MissingExtra("torch", "pip install 'assay[local]'"), 2, "pip install"),
    (errors.BudgetSpent("500 calls"), 2, "500 calls"),
    (errors.ModelError("the server hung up"), 4, "hung up"),
    (errors.StoreError("disk full"), 4, "disk full"),
    (errors.SandboxError("bwrap"), 4, "bwrap"),
    (errors.CorpusError("shard 3"), 4, "shard 3"),
    (errors.HistoryError("no such object"), 4, "no such object"),
    (errors.IntegrityError("digest"), 70, "can be trusted"),
    (KeyboardInterrupt(), 130, "the same command resumes"),
    (ZeroDivisionError("ours"), 70, "Traceback"),
    (RecursionError(), 70, "bug in assay"),
    (SystemExit(1), 70, ""),
    (SystemExit(0), 0, ""),
    (SystemExit("words"), 70, "words"),
]


@pytest.mark.parametrize(("error", "code", "words"), CASES, ids=lambda c: type(c).__name__)
def test_every_error_has_its_code(
    error: BaseException, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Exits() as exits:
        raise error
    said = capsys.readouterr()
    assert exits.code == code
    assert words in said.err
    assert said.out == ""
    assert ("Traceback" in said.err) == isinstance(error, ZeroDivisionError | RecursionError)


def test_no_error_keeps_the_code() -> None:
    with Exits() as exits:
        exits.code = 11
    assert exits.code == finish(11)


def test_hostile_text_in_an_error_cannot_move_the_cursor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Exits():
        raise errors.UsageError("item \x1b[2J\u202e\x07 is odd\n  next: look")
    said = capsys.readouterr().err
    assert said == "error: item \\x1b[2J\\u202e\\x07 is odd\n  next: look\n"
