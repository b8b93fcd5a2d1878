"""Instruments of other packages come through an entry point and are treated like ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.examination.runs import plan, world

from assay.catalog import ids, load, rows
from assay.core.errors import BadConfig, MissingExtra
from assay.core.evidence import Null
from assay.examination import run

MODULE = '''
from dataclasses import dataclass
from typing import ClassVar

from assay.core.evidence import Finding, Null
from assay.core.instrument import Need, Scope, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """Is the text longer than the controls?"""

    id: ClassVar[str] = "length"
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.ITEMS
    strongest_null: ClassVar[Null] = Null.MATCHED
    scope: ClassVar[Scope] = Scope.UNIT
    claim: ClassVar[str] = "the items are long"
    topic: ClassVar[Topic] = Topic.SEEN
    boast: bool = False

    def measure(self, subject, units, *, seed):
        for unit in units:
            known = {"null": Null.EXACT, "e_value": 1e9, "p_value": 1e-9} if self.boast else {}
            yield Finding(instrument="length", unit=unit.id, score=len(unit.item.text), **known)

    def largest_e(self, subject):
        return 1e9 if self.boast else None

    def reaches(self, subject):
        return Null.EXACT if self.boast else Null.NONE


class Other(Length):
    id: ClassVar[str] = "another"
'''


def install(folder: Path, module: str, name: str, target: str) -> None:
    """Install a package as pip leaves it: a module, and what its metadata says of it."""
    (folder / f"{module}.py").write_text(MODULE)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[assay.instruments]\n{name} = {module}:{target}\n")


def test_it_is_listed_run_and_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    site.mkdir()
    install(site, "lengthy", "length", "Length")
    monkeypatch.syspath_prepend(site)
    assert ids()[-1] == "length"
    assert rows()[-1].origin == "lengthy"
    assert load("length", {"boast": "true"}).largest_e is not None
    path, _ = world(tmp_path)
    verdict = run(plan(path, split=1, instruments=("length",)))
    (evidence,) = verdict.evidence
    assert evidence.question == "Is the text longer than the controls?"
    assert (evidence.null, evidence.suspects, evidence.controls) == (Null.MATCHED, 5, 5)
    assert verdict.totals[0].instruments == ("length",)


def test_it_cannot_claim_more_than_it_declares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    install(site, "boastful", "length", "Length")
    monkeypatch.syspath_prepend(site)
    path, _ = world(tmp_path)
    boasting = {"length.boast": "true"}
    verdict = run(plan(path, split=1, instruments=("length",), parameters=boasting))
    assert verdict.status.value == "undecided"
    assert [t.null for t in verdict.totals] == [Null.MATCHED]
    assert verdict.totals[0].e_value < 1e3


def test_a_name_that_we_have_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "clashing", "order", "Length")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadConfig, match="clashing offers an instrument 'order'"):
        rows()


def test_a_name_that_it_does_not_bear_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "misnamed", "length", "Other")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadConfig, match="calls itself 'another'"):
        load("length")


def test_a_module_that_is_not_there_is_a_missing_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "gone", "length", "Length")
    (tmp_path / "gone.py").write_text("import not_installed_anywhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingExtra, match="pip install not_installed_anywhere"):
        load("length")
