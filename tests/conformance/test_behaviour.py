"""How every instrument of the catalogue must behave, whatever the model."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from tests.conformance.laws import (
    INSTRUMENTS,
    SEED,
    Outcome,
    lacking,
    measured,
    quick,
    subject,
    through_the_loop,
    units_of,
)

from assay.core.evidence import Abstention, Finding, Null, Status
from assay.core.instrument import Need, Scope
from assay.core.subject import Subject
from assay.core.trial import missing_need
from assay.models.scripted import ScriptedModel

pytestmark = pytest.mark.parametrize("name", INSTRUMENTS)
OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)


def test_outcomes_survive_json(name: str) -> None:
    outcomes = measured(quick(name), subject(knows=True))
    assert any(isinstance(o, Finding) for o in outcomes)
    for outcome in outcomes:
        assert OUTCOME.validate_json(outcome.model_dump_json()) == outcome
        assert outcome.instrument == name


def test_there_is_one_outcome_per_unit(name: str) -> None:
    given = subject(knows=False)
    found = [o.unit for o in measured(quick(name), given)]
    assert len(set(found)) == len(found)
    if quick(name).scope is Scope.UNIT:
        assert found == [u.id for u in units_of(given)]
    else:
        assert not set(found) & {u.id for u in units_of(given)}


def test_same_seed_same_outcomes(name: str) -> None:
    given = subject(knows=False)
    fresh = replace(given, model=ScriptedModel(name="examined", strength=0.9))
    assert measured(quick(name), given) == measured(quick(name), fresh)


def test_order_and_company_of_units_do_not_matter(name: str) -> None:
    given, found = subject(knows=False), quick(name)
    if found.scope is Scope.BENCHMARK:  # declared: it is handed the items in published order
        return
    units = units_of(given)
    whole = list(found.measure(given, units, seed=SEED))
    backwards = list(found.measure(given, units[::-1], seed=SEED))
    assert backwards[::-1] == whole
    assert list(found.measure(given, units[2:3], seed=SEED)) == whole[2:3]


def test_subject_is_left_as_it_was(name: str) -> None:
    given = subject(knows=True)
    before = _described(given)
    measured(quick(name), given)
    assert _described(given) == before


def _described(given: Subject) -> tuple[str, str, str]:
    assert given.reference is not None
    return given.benchmark.model_dump_json(), given.model.digest, given.reference.digest


def test_which_half_is_suspect_does_not_change_a_score(name: str) -> None:
    given, found = subject(knows=True), quick(name)
    if found.strongest_null is Null.EXACT:  # its null is the draw of what was published
        return
    units, items = units_of(given), given.benchmark.items
    halves = [
        replace(given, benchmark=given.benchmark.model_copy(update={"items": half}))
        for half in (items[:3], items[3:])
    ]
    first, second = (list(found.measure(half, units, seed=SEED)) for half in halves)
    assert first == second


def test_it_abstains_for_each_missing_need(name: str, tmp_path: Path) -> None:
    needs = quick(name).needs
    for need in needs:
        given = lacking(need)
        reason = missing_need(needs, given)
        assert reason, need
        if need is Need.ITEMS:  # no file without items is ever opened
            assert not any(isinstance(o, Finding) for o in measured(quick(name), given))
            continue
        folder = tmp_path / str(need.name)
        folder.mkdir()
        verdict = through_the_loop(folder, name, given, model=given.model)
        (evidence,) = verdict.evidence
        assert evidence.abstention == reason
        assert (evidence.e_value, evidence.p_value, evidence.estimate) == (None, None, None)
        assert evidence.null is Null.NONE
        assert verdict.status is Status.UNDECIDED
        assert verdict.cost.calls == 0


def test_no_units_no_findings(name: str) -> None:
    given, found = subject(knows=True), quick(name)
    unplanted = given.benchmark.model_copy(update={"canaries": (), "honeypots": ()})
    bare = replace(given, benchmark=unplanted)
    assert not any(isinstance(o, Finding) for o in found.measure(bare, (), seed=SEED))


def test_texts_beyond_the_window_are_abstentions(name: str) -> None:
    given = replace(subject(knows=True), model=ScriptedModel(context=1))
    outcomes = measured(quick(name), given)
    assert outcomes
    assert all(isinstance(o, Abstention) and o.reason for o in outcomes)


def test_a_failing_model_is_an_abstention_with_its_reason(name: str, tmp_path: Path) -> None:
    failing = ScriptedModel(fail_after=1)
    verdict = through_the_loop(tmp_path, name, subject(knows=False), model=failing)
    (evidence,) = verdict.evidence
    assert "fails after 1 replies" in evidence.abstention
    assert evidence.e_value is None
    assert verdict.status is Status.UNDECIDED
    assert (tmp_path / "run" / "verdict.json").is_file()


@pytest.mark.parametrize("knows", [False, True])
def test_e_values_stay_below_the_largest(name: str, *, knows: bool) -> None:
    given, found = subject(knows=knows), quick(name)
    largest = found.largest_e(given)
    outcomes = measured(found, given)
    values = [o.e_value for o in outcomes if isinstance(o, Finding) and o.e_value is not None]
    if largest is None:
        assert not values
    else:  # one value may stand for several units, and rounding alone may differ
        assert math.prod(values) <= largest ** len(outcomes) * (1 + 1e-9)


def test_findings_never_claim_a_stronger_null_than_declared(name: str) -> None:
    strengths = list(Null)
    declared = strengths.index(quick(name).strongest_null)
    for outcome in measured(quick(name), subject(knows=True)):
        if isinstance(outcome, Finding):
            assert strengths.index(outcome.null) >= declared
            if outcome.null is Null.NONE:
                assert outcome.e_value is None
                assert outcome.p_value is None
            assert outcome.score is None or math.isfinite(outcome.score)


def test_without_certificates_nothing_is_exact(name: str) -> None:
    given = subject(knows=True)
    natural = given.benchmark.model_copy(update={"certificates": ()})
    bare = replace(given, benchmark=natural)
    assert quick(name).reaches(bare) is not Null.EXACT
    for outcome in measured(quick(name), bare):
        assert isinstance(outcome, Abstention) or outcome.null is not Null.EXACT
