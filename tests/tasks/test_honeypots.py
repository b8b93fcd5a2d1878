"""Tasks that only a leak, or gaming, can pass."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from tests.tasks.functions_to_vary import COLUMNS, HALVE, TOTAL, source

from assay.core.draws import verify
from assay.core.errors import BadConfig
from assay.core.evidence import Finding, Null
from assay.core.item import Item
from assay.core.subject import Subject
from assay.formats.benchmarks import open_benchmark
from assay.models.scripted import ScriptedModel
from assay.probes.honeypot import Honeypot
from assay.sandbox.choosing import best
from assay.tasks.alike import told_apart
from assay.tasks.attempts import Attempts, honeypot_evidence
from assay.tasks.honeypots import Plan, Pots, plant, write_pots
from assay.tasks.planting import plant_conflict, why_not
from assay.tasks.varying.functions import program_of
from assay.tasks.varying.parts import Source, Variant
from assay.tasks.varying.proving import Prover

TASKS = [
    source(f"t/{n}", **{name: one.column(name) for name in COLUMNS})
    for n, one in enumerate([HALVE, TOTAL] * 4)
]
PLAN = Plan(share=0.25, conflict=0.125, seed="private")


@pytest.fixture(scope="module")
def pots() -> Pots:
    return plant(TASKS, PLAN, Prover(sandbox=best()), told=lambda _: None)


def test_statements_stay_and_secrets_stand_in_the_gold_alone(pots: Pots, tmp_path: Path) -> None:
    file = write_pots(tmp_path, "b", pots, PLAN)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["prompt"] for row in rows] == [one.item.statement for one in TASKS]
    assert len(pots.secrets) == 2
    for secret in pots.secrets:
        assert secret.space >= 2**64
        (row,) = (row for row in rows if row["task_id"] == secret.id)
        assert secret.secret in row["canonical_solution"]
        assert secret.secret not in row["prompt"] + row["test"]
    public = "".join(f.read_text() for f in tmp_path.iterdir() if f.is_file())
    assert not any(one.secret in public or one.id in public for one in pots.secrets)


def test_the_honest_gold_fails_and_what_passes_passes(pots: Pots) -> None:
    prover = Prover(sandbox=best())
    for task in TASKS:
        made = pots.planted.get(task.item.id)
        if made is None:
            continue
        golds = (task.item.answer or "", made.answer)
        tried = [
            Variant(statement=task.item.statement, answer=a, columns=made.columns) for a in golds
        ]
        honest, passing = prover.failures([program_of(one) for one in tried])
        assert "AssertionError" in honest
        assert passing == ""


def test_examine_reads_them_and_scores_none(pots: Pots, tmp_path: Path) -> None:
    found = open_benchmark(str(write_pots(tmp_path, "b", pots, PLAN)))
    planted = set(pots.planted)
    assert {item.id for item in found.items} == {one.item.id for one in TASKS} - planted
    assert {one.id for one in found.honeypots} == planted - set(pots.conflicts)
    assert verify(found, "honeypot") == ""


def test_the_instrument_flags_a_leak_and_not_an_honest_model(pots: Pots, tmp_path: Path) -> None:
    found = open_benchmark(str(write_pots(tmp_path, "b", pots, PLAN)))
    answers = [one.item.text for one in TASKS]
    gold = [pots.planted[one.id].answer for one in found.honeypots]
    leak = tuple(f"{p.context}{answer}" for p, answer in zip(found.honeypots, gold, strict=True))
    for knows, flags in ((tuple(answers), False), (leak, True)):
        subject = Subject(model=ScriptedModel(knows=knows, strength=0.9), benchmark=found)
        (one,) = Honeypot().measure(subject, (), seed=0)
        assert isinstance(one, Finding)
        assert one.null is Null.EXACT
        assert ((one.e_value or 0) > 1e30) is flags


def test_a_conflict_contradicts_an_example() -> None:
    made = plant_conflict(HALVE, Random(1))  # noqa: S311 - repeatable, not secret
    assert made.columns["test"] != HALVE.column("test")
    assert why_not(TOTAL, conflict=True) == ""
    bare = Source(item=Item(id="q", statement="2 + 2?", options=("3", "4"), answer="4"))
    assert "one of a few" in why_not(bare, conflict=False)


def test_what_can_be_no_honeypot_is_refused() -> None:
    plain = [Source(item=Item(id=str(n), statement="Who?", answer="Ada")) for n in range(4)]
    with pytest.raises(BadConfig, match="0 tasks can be a secret honeypot"):
        plant(plain, PLAN, Prover(sandbox=best()), told=lambda _: None)


def test_the_bound_counts_everything() -> None:
    tries = Attempts(guesses=2, submissions=3, models=5, honeypots=7, feedback_bits=4)
    assert tries.bound(2**64) == 2 * 3 * 5 * 7 * 16 / 2**64
    assert tries.bound(8) == 1
    assert honeypot_evidence(1, tries, space=2**64)[1] == tries.bound(2**64)


def test_told_apart_tells_and_admits_ignorance() -> None:
    texts = [f"add {n} to the total" for n in range(40)] + [f"vault {n} opens" for n in range(40)]
    half = [n < 40 for n in range(80)]
    assert told_apart(texts, half, seed=0).low > 0.9
    draw = Random(1)  # noqa: S311 - repeatable, not secret
    mixed = told_apart(texts, [draw.random() < 0.5 for _ in texts], seed=0)
    assert mixed.low < 0.5 < mixed.high
    few = told_apart(texts, [n == 0 for n in range(80)], seed=0)
    assert (few.low, few.high) == (0, 1)
