"""One task's tree may hold another's fix: which, and how the halves are drawn then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.tasks.histories import Past

from assay.core.errors import IntegrityError
from assay.core.task import Task
from assay.tasks.seal.checking import check
from assay.tasks.seal.crossing import together
from assay.tasks.seal.halves import Kept, drawn
from assay.tasks.seal.making import Asked, Made, seal
from assay.tasks.seal.rows import read_rows

PARTS = ("alpha", "beta", "gamma", "delta", "sigma", "omega")


def wrong(name: str) -> str:
    return f"def {name}_total(prices):\n    return len(prices)\n"


def right(name: str) -> str:
    return (
        f"def {name}_total(prices):\n    {name}_sum = 0\n    for {name}_price in prices:\n"
        f"        {name}_sum += {name}_price\n    return round({name}_sum, ndigits=2)\n"
    )


def checks_of(name: str) -> str:
    return f"def test_{name}():\n    assert {name}_total([1.25, 2.5, 'about {name}']) == 3.75\n"


class Shop:
    """A project whose parts are wrong, each in a file of its own, and its tasks."""

    def __init__(self, folder: Path) -> None:
        self.past = Past(folder / "shop")
        self.start = self.past.commit({f"{one}.py": wrong(one) for one in PARTS}, "Begin the shop")
        self.tasks: list[Task] = []

    def fix(self, name: str, *, base: str = "") -> str:
        """Fix one part on a commit (by default the last), and make a task of it."""
        before = base or self.past.tip or self.start
        files = {f"{name}.py": right(name), f"tests/test_{name}.py": checks_of(name)}
        fixed = self.past.commit(files, f"Add up what {name} costs, in full", parents=[before])
        told = {
            "id": name,
            "statement": f"{name} counts where it should add up",
            "patch": self.past.git("diff", before, fixed, "--", f"{name}.py").decode(),
            "test_patch": self.past.git("diff", before, fixed, "--", "tests").decode(),
        }
        when = datetime(2026, 1, 1 + len(self.tasks), tzinfo=UTC)
        task = Task(repo="shop", base_commit=before, commit=fixed, created=when, **told)
        self.tasks.append(task)
        return fixed

    def seal(self, out: Path, *, seed: int = 1) -> Made:
        """Seal all tasks."""
        day = date(2026, 5, 2)
        asked = Asked(repos={"shop": self.past.folder}, seed=seed, committed=day)
        return seal(self.tasks, asked, out)


def halves(out: Path) -> Mapping[str, str]:
    rows = read_rows(out / "private" / "kept.jsonl", Kept, "")
    return {one.id: one.half for one in rows}


def test_a_later_tree_that_holds_an_earlier_fix_is_named(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for name in PARTS:
        shop.fix(name)
    made = shop.seal(tmp_path / "out")
    pairs = {(one.tree, one.fix) for one in made.crossings}
    assert pairs == {(b, a) for n, a in enumerate(PARTS) for b in PARTS[n + 1 :]}
    assert all("the fix" in one.where or "a fixed file" in one.where for one in made.crossings)
    found = halves(tmp_path / "out")
    assert [found[name] for name in PARTS] == ["public"] * 3 + ["private"] * 3
    assert "no tree of the public half holds the fix of a private task" in check(tmp_path / "out")


def test_trees_beside_each_other_hold_nothing_and_lots_alone_decide(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for name in PARTS:
        shop.fix(name, base=shop.start)
    made = shop.seal(tmp_path / "out", seed=5)
    assert made.crossings == ()
    assert halves(tmp_path / "out") == drawn(shop.tasks, 5, 0.5)


def test_a_fix_that_was_taken_back_is_not_held(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.fix("alpha")
    shop.past.commit({"alpha.py": wrong("alpha"), "tests/test_alpha.py": None}, "Take it back")
    shop.fix("beta")
    shop.fix("gamma")
    made = shop.seal(tmp_path / "out")
    assert {(one.tree, one.fix) for one in made.crossings} == {("gamma", "beta")}


def test_a_public_tree_with_a_private_fix_does_not_pass_the_check(tmp_path: Path) -> None:
    shop, out = Shop(tmp_path), tmp_path / "out"
    for name in ("alpha", "beta"):
        shop.fix(name, base=shop.start)
    shop.seal(out)
    half = halves(out)
    (public,) = (name for name in half if half[name] == "public")
    (private,) = set(half) - {public}
    (out / "public" / "tasks" / public / "repo" / "copy.py").write_text(right(private))
    with pytest.raises(IntegrityError, match="not as sealed"):
        check(out)


def closed(public: Sequence[str], holds: Mapping[str, Sequence[str]]) -> bool:
    return all(set(holds.get(name, ())) <= set(public) for name in public)


@pytest.mark.parametrize("room", range(8))
def test_what_goes_together_is_closed_and_as_many_as_fit(room: int) -> None:
    holds = {"b": ["a"], "c": ["b", "a"], "e": ["d"], "x": ["y"], "y": ["x"]}
    for order in (["c", "e", "b", "x", "a", "d", "y"], ["x", "y", "d", "a", "e", "b", "c"]):
        public = together(order, holds, room)
        assert closed(public, holds)
        assert room - 1 <= len(public) <= room  # a pair that goes together may not fit
    assert together(["a", "b"], {}, 1) == ["a"]
