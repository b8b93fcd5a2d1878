"""The spending log: what was sent to whom, noted first, once, by one hand at a time."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from assay.core.errors import BadFormat, StoreError
from assay.core.subject import Request, ask
from assay.models.scripted import ScriptedModel
from assay.store.disclosures import Disclosing, Disclosures, Secret


def secret(text: str, *, exclusive: bool = False) -> Secret:
    digest = sha256(text.encode()).hexdigest()
    return Secret(kind="sibling", item="a", sha256=digest, needles=(text,), exclusive=exclusive)


def sent(path: Path) -> list[tuple[str, str]]:
    """Return provider and digest of each row."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [(row["provider"], row["sha256"]) for row in rows]


def test_a_row_says_when_to_whom_and_what_without_the_text(tmp_path: Path) -> None:
    log = Disclosures(tmp_path / "b.spent.jsonl")
    assert log.spent() == {}
    one = secret("a sealed text")
    log.spend("openai", "inspect:openai/gpt", [one, one])
    log.spend("openai", "inspect:openai/other", [one])  # spent is spent: one row a provider
    log.spend("anthropic", "inspect:anthropic/x", [one])
    assert log.spent() == {one.sha256: {"openai", "anthropic"}}
    rows = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert [row["model"] for row in rows] == ["inspect:openai/gpt", "inspect:anthropic/x"]
    assert set(rows[0]) == {"date", "provider", "model", "kind", "item", "sha256"}
    assert "a sealed text" not in log.path.read_text()


def test_a_line_that_a_kill_cut_short_is_dropped(tmp_path: Path) -> None:
    log = Disclosures(tmp_path / "b.spent.jsonl")
    log.spend("p", "m", [secret("one")])
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + whole[:40])
    assert log.spent() == {secret("one").sha256: {"p"}}
    log.spend("p", "m", [secret("two")])
    assert sent(log.path) == [("p", secret(t).sha256) for t in ("one", "two")]


@pytest.mark.parametrize("line", [b"nonsense\n", b"{}\n", b"\xff\n", b'{"provider": "p"}\n', b"\n"])
def test_an_edited_log_is_refused(tmp_path: Path, line: bytes) -> None:
    log = Disclosures(tmp_path / "b.spent.jsonl")
    log.spend("p", "m", [secret("one")])
    log.path.write_bytes(log.path.read_bytes() + line)
    with pytest.raises(BadFormat, match=r"b\.spent\.jsonl:2: "):
        log.spent()
    with pytest.raises(BadFormat, match="restore it"):
        log.spend("p", "m", [secret("two")])


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "b.spent.jsonl"

    def work(number: int) -> None:
        for n in range(10):
            Disclosures(path).spend(f"p{number}", "m", [secret(f"text {n}")])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(sent(path)) == len(set(sent(path))) == 80


def test_what_another_provider_was_just_sent_is_not_sent(tmp_path: Path) -> None:
    log = Disclosures(tmp_path / "b.spent.jsonl")
    log.spend("first", "m", [secret("one", exclusive=True)])
    with pytest.raises(StoreError, match="was spent on first"):
        log.spend("second", "m", [secret("two"), secret("one", exclusive=True)])
    assert sent(log.path) == [("first", secret("one").sha256)]
    log.spend("first", "m", [secret("one", exclusive=True)])  # its own
    log.spend("second", "m", [secret("one")])  # with leave, and for all variants alike


def test_nothing_is_sent_that_could_not_be_noted(tmp_path: Path) -> None:
    asked = tmp_path / "asked.txt"
    model = ScriptedModel(remote=True, log=asked)
    nowhere = Disclosures(tmp_path / "no such folder" / "b.spent.jsonl")
    careful = Disclosing(model, nowhere, "p", [secret("sealed")])
    open_ = Request(kind="generate", text="not sealing", max_tokens=2)
    with pytest.raises(StoreError, match="nothing was"):
        ask(careful, [open_, Request(kind="generate", text="it is sealed.", max_tokens=2)])
    assert not asked.exists()
    ask(careful, [open_])  # nothing to note
    assert asked.exists()


def test_it_is_noted_before_it_is_sent(tmp_path: Path) -> None:
    log = Disclosures(tmp_path / "b.spent.jsonl")
    model = ScriptedModel(remote=True, fail_after=0)
    careful = Disclosing(model, log, "p", [secret("sealed"), secret("other")])
    with pytest.raises(Exception, match="fails after 0 replies"):
        ask(careful, [Request(kind="score", text="it is sealed.")])
    assert sent(log.path) == [("p", secret("sealed").sha256)]
    assert os.listdir(tmp_path) == ["b.spent.jsonl"]  # noqa: PTH208 - the names alone
