"""Does each name open its model, and each wrong one say what to do?"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
from tests.models import tiny

from assay.core.errors import (
    BadConfig,
    BadFormat,
    IntegrityError,
    MissingExtra,
    UnknownName,
    UsageError,
)
from assay.core.subject import Request
from assay.models import packaged
from assay.models.local import LocalModel
from assay.models.names import open_model
from assay.models.scripted import ScriptedModel


def test_scripted(tmp_path: Path) -> None:
    known = tmp_path / "known.jsonl"
    known.write_text('{"text": "one"}\n\n{"whole": "two"}\n')
    model = open_model(f"scripted:knows={known},strength=0.5,seed=3")
    assert isinstance(model, ScriptedModel)
    assert (model.knows, model.strength, model.seed) == (("one", "two"), 0.5, 3)
    assert open_model("scripted:clean").digest == ScriptedModel().digest


@pytest.mark.parametrize(
    ("spec", "kind", "says"),
    [
        ("smolm2", UnknownName, "Did you mean 'smollm2'"),
        ("local:", UnknownName, "local:PATH"),
        ("scripted:clena", UnknownName, "Did you mean 'clean'"),
        ("scripted:seed=x", BadConfig, "seed takes a int"),
        ("scripted:knows=/no/such/file", UsageError, "next: ls"),
        ("local:/no/such/model", UsageError, "next: ls"),
    ],
)
def test_wrong_names(spec: str, kind: type[UsageError], says: str) -> None:
    with pytest.raises(kind, match=says):
        open_model(spec)


@pytest.mark.parametrize("line", [b"{", b'{"txt": "x"}', b'"text"', b'{"text": "\xff"}'])
def test_a_bad_line_is_named(tmp_path: Path, line: bytes) -> None:
    known = tmp_path / "known.jsonl"
    known.write_bytes(b'{"text": "fine"}\n' + line + b"\n")
    with pytest.raises(BadFormat, match=r"known.jsonl:2: "):
        open_model(f"scripted:knows={known}")


def test_local(tmp_path: Path) -> None:
    spec = f"local:{tiny.build(tmp_path)}"
    model = open_model(spec, threads=1, device="cpu")
    assert isinstance(model, LocalModel)
    assert model.name == spec


def test_a_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    for name in packaged.PACKAGED:
        with pytest.raises(MissingExtra, match="pip install"):
            open_model(name)


def test_parts_that_are_damaged_are_not_put_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for package, file in packaged.GEMMA_PARTS:
        (tmp_path / package / "data").mkdir(parents=True)
        (tmp_path / package / "data" / file).write_bytes(b"damaged")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(IntegrityError, match="SHA-256"):
        open_model("gemma3-270m")
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]


@pytest.mark.weights
def test_smollm2_reads_english() -> None:
    model = open_model("smollm2", device="cpu")
    text = "The Eiffel Tower is a wrought-iron lattice tower in Paris, the capital of France."
    asked = [
        Request(kind="score", text=text),
        Request(kind="score", text="France of capital the, Paris in tower lattice iron a is"),
        Request(kind="generate", text="The capital of France is", max_tokens=2),
    ]
    plain, mixed, written = (reply for _, reply in sorted(model.answer(asked), key=lambda x: x[0]))
    perplexity, worse = (math.exp(-sum(r.logprobs) / len(r.logprobs)) for r in (plain, mixed))
    assert perplexity < 20 < worse
    assert written.text.strip().startswith("Paris")
