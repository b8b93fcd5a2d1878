"""Evidence of different claims is never added up, and a flag says which claim it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from tests.oracles.staked import won
from tests.verdict import boards

from assay.core.evidence import Abstention, Finding, Null, Status
from assay.core.instrument import Instrument, Need, Scope, Topic
from assay.core.item import Item
from assay.core.subject import Subject, Unit
from assay.core.trial import Trial
from assay.verdict import Board, decided, key_of, totals
from assay.verdict.kinds import Kind, kinds, matched_columns, population


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Does it know the ids? Yields e-values that hold against neighbours."""

    id: ClassVar[str] = "own"
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.ITEMS
    strongest_null: ClassVar[Null] = Null.EXACT
    scope: ClassVar[Scope] = Scope.UNIT
    claim: ClassVar[str] = "it knows the ids"
    topic: ClassVar[Topic] = Topic.IDS
    null: Null = Null.MATCHED

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Nothing is measured here."""
        raise NotImplementedError

    def largest_e(self, subject: Subject) -> float | None:
        """Return what was chosen for the tests."""
        return 20.0 if self.reaches(subject) is not Null.NONE else None

    def reaches(self, subject: Subject) -> Null:
        """Return what the test says."""
        del subject
        return self.null


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong(Own):
    """Does it give the wrong answers? Yields scores."""

    id: ClassVar[str] = "wrong"
    needs: ClassVar[Need] = Need.WRONG_ANSWERS
    topic: ClassVar[Topic] = Topic.ANSWERS
    null: Null = Null.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Loud(Own):
    """Does it claim more than it declares?"""

    id: ClassVar[str] = "loud"
    strongest_null: ClassVar[Null] = Null.MATCHED
    topic: ClassVar[Topic] = Topic.SEEN
    null: Null = Null.EXACT


def given(*instruments: Instrument, controls: int = 0) -> Trial:
    kind = "randomised" if controls else "none"
    made = boards.trial([], benchmark=boards.plain(8), controls=controls, kind=kind)  # type: ignore[arg-type]
    return replace(made, instruments=instruments)


def owned(name: str, units: Sequence[str], e_value: float, null: Null) -> list[Finding]:
    return [Finding(instrument=name, unit=u, e_value=e_value, score=0.0, null=null) for u in units]


def test_knowing_ids_is_worded_as_that_and_needs_no_controls() -> None:
    trial = given(Own())
    units = [u.id for u in trial.dealt]
    found = boards.board(owned("own", units, 3.0, Null.MATCHED))
    verdict = boards.judged(trial, found)
    assert verdict.status is Status.FLAGGED
    assert "which id" in verdict.headline
    assert "public source" in verdict.claim
    assert verdict.totals[0].e_value == pytest.approx(won(*[3.0] * 8))
    assert "saw" not in verdict.headline


def test_topics_are_tested_apart_each_at_its_share_of_the_error_rate() -> None:
    trial = given(Own(), *boards.trial(["logprob.loss"]).instruments, controls=8)
    assert list(kinds(trial)) == [
        Kind(Null.MATCHED, Topic.IDS, own=True),
        Kind(Null.MATCHED, Topic.SEEN, own=False),
    ]
    found = boards.board(
        owned("own", [u.id for u in trial.dealt], 1.5, Null.MATCHED),
        boards.scored("logprob.loss", trial, gap=0.0),
    )
    own, compared = totals(trial, found)
    assert own.needed == compared.needed == 200
    assert own.e_value == pytest.approx(won(*[1.5] * 8))  # those of controls do not count
    assert key_of(own) == "matched.ids"
    # Its score against controls is a column of the claim that the items were seen.
    assert compared.instruments == ("own", "logprob.loss")


def test_an_instrument_claims_no_stronger_null_than_it_declares() -> None:
    trial = given(Loud())
    found = boards.board(owned("loud", [u.id for u in trial.dealt], 9.0, Null.EXACT))
    (total,) = totals(trial, found)
    assert total.null is Null.MATCHED
    assert total.e_value == 1.0


def test_only_items_that_are_concerned_are_bet_on() -> None:
    trial = given(Wrong(), controls=8)
    marked = [
        replace(u, item=u.item.model_copy(update={"correct": "4"})) if n % 4 < 2 else u
        for n, u in enumerate(trial.dealt)
    ]
    trial = replace(trial, dealt=tuple(marked))
    assert matched_columns(trial, Topic.ANSWERS) == ("wrong",)
    about = population(trial, ["wrong"])
    assert len(about) == 8
    scores = [
        Finding(instrument="wrong", unit=u.id, score=float(u.id in trial.suspect_ids))
        for u in about
    ]
    rest = [u.id for u in trial.dealt if u not in about]
    found = boards.board(scores, boards.silent("wrong", rest))
    (total,) = totals(trial, found)
    assert total.largest_e == pytest.approx(70)  # 8 choose 4
    assert total.e_value > 1
    assert len(total.path) == 8


def test_a_lesser_claim_settles_the_run_only_when_nothing_else_is_tested() -> None:
    alone = given(Own())
    units = [u.id for u in alone.dealt]
    found = owned("own", units, 9.0, Null.MATCHED)
    assert decided(alone, boards.board(found))
    both = given(Own(), *boards.trial(["logprob.loss"]).instruments, controls=8)
    weak = boards.scored("logprob.loss", both, gap=0.0)
    assert not decided(both, boards.board(found, weak))


def test_reruns_are_averaged_topic_by_topic() -> None:
    trial = given(Own())
    found = boards.board(owned("own", [u.id for u in trial.dealt], 3.0, Null.MATCHED))
    alike = boards.judged(trial, found, earlier=[{"matched.ids": 1.0}])
    assert alike.totals[0].e_value == pytest.approx((won(*[3.0] * 8) + 1) / 2)
    other = boards.judged(trial, found, earlier=[{"matched": 1e9}])
    assert other.totals[0].e_value == pytest.approx((won(*[3.0] * 8) + 1) / 2)


def test_nothing_on_the_board_is_an_e_value_of_one() -> None:
    (total,) = totals(given(Own()), Board())
    assert total.e_value == 1.0
    assert not Item(id="a", statement="b").twins
