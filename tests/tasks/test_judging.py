"""Which tests show a fix, and which cannot be relied on."""

from __future__ import annotations

from assay.tasks.parsers.outcome import Outcome
from assay.tasks.verify.judging import Judged, Seen, judge
from assay.tasks.verify.orders import orders, shuffled

Told = dict[int, list[Outcome | None]]


def seen(tests: dict[str, list[Outcome | None]], order: tuple[int, ...]) -> list[Seen]:
    runs = range(len(order))
    return [
        Seen(order=order[run], tests={n: o for n, t in tests.items() if (o := t[run]) is not None})
        for run in runs
    ]


def judged(before: list[Outcome | None], after: list[Outcome | None]) -> Judged:
    order = (0, 1, 0, 1)
    return judge(seen({"t": before}, order), seen({"t": after}, order))


def test_what_fails_or_is_absent_before_and_passes_after() -> None:
    for was in ("failed", "errored", None):
        assert judged([was] * 4, ["passed"] * 4).fail_to_pass == ("t",)
    assert judged(["passed"] * 4, ["passed"] * 4).pass_to_pass == ("t",)
    found = judged(["skipped"] * 4, ["passed"] * 4)
    assert [one.reason for one in found.left_out] == ["is skipped before the fix"]
    assert found.fail_to_pass == ()


def test_a_test_that_is_not_always_the_same() -> None:
    flaky = judged(["failed"] * 4, ["passed", "passed", "failed", "passed"])
    assert [one.reason for one in flaky.left_out] == ["flaky: runs in one order differ"]
    ordered = judged(["failed"] * 4, ["passed", "failed", "passed", "failed"])
    assert [one.reason for one in ordered.left_out] == ["depends on the order of the tests"]
    before = judged(["failed", "failed", "passed", "failed"], ["passed"] * 4)
    assert before.fail_to_pass == ()
    assert len(before.left_out) == 1
    vanishes = judged(["passed"] * 4, ["passed", None, "passed", None])
    assert vanishes.pass_to_pass == ()
    assert len(vanishes.left_out) == 1


def test_what_the_fix_breaks_or_leaves_broken() -> None:
    broken = judged(["passed"] * 4, ["failed"] * 4)
    assert [one.reason for one in broken.left_out] == ["passes before the fix and not after it"]
    assert judged(["failed"] * 4, ["failed"] * 4).failing == ("t",)


def test_every_order_is_run_and_most_of_them_twice() -> None:
    for runs in range(2, 12):
        assert len(orders(runs)) == runs
    assert orders(5).count(0) == orders(5).count(1) == 2
    assert shuffled("abcdef", order=3, seed=7) == shuffled("fedcba", order=3, seed=7)
    assert shuffled("abcdef", order=3, seed=7) != shuffled("abcdef", order=4, seed=7)
