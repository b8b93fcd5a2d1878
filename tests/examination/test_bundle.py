"""A bundle that is honest is verified; one that was changed, by whoever, is not."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.world import build, published_texts, write
from tests.examination.bundles import Change, bundled, contents, forged, key, made
from tests.examination.runs import knowing, plan, scripted, world

from assay.core.errors import BadConfig, IntegrityError, UsageError
from assay.core.provenance import Verification
from assay.core.settings import Plan
from assay.examination import run
from assay.examination.bundle import bundle, portable
from assay.examination.loop import carry_out
from assay.examination.prepare import prepare
from assay.examination.verify import Inputs, verify_run
from assay.models.scripted import ScriptedModel
from assay.store import Ledger
from assay.store.signing import make_key

ANEW = "the verdict was found anew, number by number and word by word"
AGAIN = "every instrument was measured again, from"


def verified(path: Path, benchmark: Path | None = None, **inputs: str) -> Verification:
    given = Inputs(benchmark=str(benchmark), **inputs) if benchmark else None
    return verify_run(path, inputs=given)


def says(found: Verification, what: str) -> bool:
    return any(what in line for line in found.verified)


def all_levels(path: Path, benchmark: Path, **inputs: str) -> None:
    """Verify without and with the benchmark."""
    assert says(verified(path), "added up anew")
    found = verified(path, benchmark, **inputs)
    assert says(found, ANEW)
    assert says(found, AGAIN)


# Every kind of evidence that there is: draws, canaries, order, scores; on halves and alone.
RUNS: list[dict[str, Any]] = [
    {},
    {"split": 5},
    {"split": 5, "full": True, "reference": "scripted:seed=99"},
    {"split": 5, "instruments": ("logprob.loss",), "stop_at": 50.0},
    {"budget": "60calls"},
    {"budget": "5calls"},
    {"split": 5, "seed": 12, "chunk": 5},
    {"split": 5, "model": "scripted:seed=4,fail_after=30"},
    {"model": "scripted:seed=4,fail_after=0"},
    {"model": "scripted:seed=4,fail_after=200"},
]


@pytest.mark.parametrize(
    "options", [*RUNS[:2], *(pytest.param(r, marks=pytest.mark.slow) for r in RUNS[2:])]
)
def test_honest_bundles(tmp_path: Path, options: dict[str, Any]) -> None:
    path, benchmark = made(tmp_path, **options)
    all_levels(path, benchmark)


def test_a_model_that_knows_the_benchmark(tmp_path: Path) -> None:
    benchmark, whole = world(tmp_path, items=40)
    path = bundled(tmp_path, plan(benchmark, model=knowing(tmp_path, whole)))
    assert "saw items" in verified(path).headline
    all_levels(path, benchmark)


@pytest.mark.slow
def test_controls_that_were_given(tmp_path: Path) -> None:
    benchmark, _ = world(tmp_path, items=24)
    (tmp_path / "other").mkdir()
    other = write(tmp_path / "other", build(2, items=24), name="held")
    lines = [json.loads(line) for line in other.read_text().splitlines()]
    other.write_text("".join(json.dumps(r | {"id": f"c{n}"}) + "\n" for n, r in enumerate(lines)))
    path = bundled(tmp_path, plan(benchmark, controls=str(other)))
    all_levels(path, benchmark, controls=str(other))
    with pytest.raises(BadConfig, match="--controls"):
        verified(path, benchmark)


def gaps(path: Path, benchmark: Path) -> bool:
    return any("requests failed" in line for line in verified(path, benchmark).trusted)


def test_failed_requests_are_believed_and_told(tmp_path: Path) -> None:
    failing = "scripted:seed=4,fail_after=30"
    path, benchmark = made(
        tmp_path, items=40, split=5, model=failing, instruments=("logprob.loss",)
    )
    assert gaps(path, benchmark)

    def better(record: Any) -> None:
        next(one for one in record if one["record"] == "finding")["score"] += 1

    # The step may have failed, but what was found in it has to follow from its replies.
    with pytest.raises(IntegrityError):
        verified(forged(path, "evidence.jsonl", better), benchmark)


@pytest.mark.slow
def test_reruns_are_counted(tmp_path: Path) -> None:
    benchmark, _ = world(tmp_path, items=24)
    run(plan(benchmark, split=5, model=scripted(seed=4)))
    path = bundled(tmp_path, plan(benchmark, split=5, model=scripted(seed=4), seed=77))
    all_levels(path, benchmark)
    # A run that was begun after the verdict had no part in it.
    out = tmp_path / "run"
    with Ledger(out) as ledger:
        claim = next(str(row["claim"]) for row in ledger.rows("runs"))
        ledger.begin("a later run", claim)
    bundle(out, key(tmp_path), path, replies=True)
    all_levels(path, benchmark)


def test_what_could_not_be_checked_is_said(tmp_path: Path) -> None:
    path, benchmark = made(tmp_path, split=5, replies=False)
    alone = verified(path)
    assert any("--public-key" in line for line in alone.trusted)
    assert any("--benchmark" in line for line in alone.trusted)
    assert any("--with-replies" in line for line in alone.trusted)
    found = verify_run(path, public=tmp_path / "key.pub", inputs=Inputs(benchmark=str(benchmark)))
    assert says(found, ANEW)
    assert not says(found, AGAIN)
    assert any("--with-replies" in line for line in found.trusted)
    assert not any("--public-key" in line for line in found.trusted)


def test_another_key_another_benchmark(tmp_path: Path) -> None:
    path, _ = made(tmp_path, split=5)
    make_key(tmp_path / "other")
    with pytest.raises(IntegrityError, match="not signed with the given"):
        verify_run(path, public=tmp_path / "other.pub")
    (tmp_path / "b").mkdir()
    wrong, _ = world(tmp_path / "b", items=26)
    with pytest.raises(IntegrityError, match="is not the benchmark that was examined"):
        verified(path, wrong)


def test_no_text_of_the_benchmark_and_no_secret(tmp_path: Path) -> None:
    path, _ = made(tmp_path, split=5, replies=False)
    _, whole = world(tmp_path, items=24)
    everything = b"".join(contents(path).values()).decode()
    assert not any(item.statement in everything for item in whole.items)
    assert not any(text in everything for text in published_texts(whole))
    assert json.loads(contents(path)["plan.json"])["out"] is None
    secrets = {"api_key": "sk-1", "base_url": "http://me:pw@h/v1", "api_key_env": "NAME", "n": "1"}
    kept = portable(Plan(benchmark="b", model="m", model_args=secrets)).model_args
    assert kept == {
        "api_key": "withheld",
        "base_url": "http://h/v1",
        "api_key_env": "NAME",
        "n": "1",
    }


def test_the_same_run_makes_the_same_content(tmp_path: Path) -> None:
    path, _ = made(tmp_path, split=5)
    first = contents(path)
    bundle(tmp_path / "run", key(tmp_path), path, replies=True)
    assert contents(path) == first


def flag(record: Any) -> None:
    record["status"] = "flagged"


def raise_total(record: Any) -> None:
    total = record["totals"][0]
    total["e_value"] = 1e6
    total["path"][-1] = 13.8
    total["flags"] = total["may_flag"] = True
    record["status"] = "flagged"


def lower_needed(record: Any) -> None:
    record["totals"][0]["needed"] = 0.01


def more_items(record: Any) -> None:
    record["suspects"] += 1


def another_seed(record: Any) -> None:
    record["seed"] += 1


def better_scores(record: Any) -> None:
    for one in record:
        if one["record"] == "finding" and one["role"] == "suspect" and one["score"] is not None:
            one["score"] += 5


def fewer_findings(record: Any) -> None:
    del record[3]


def other_labels(record: Any) -> None:
    for one in record["dealt"]:
        one["role"] = "control" if one["role"] == "suspect" else "suspect"


def unknown_ability(record: Any) -> None:
    record["model"]["abilities"].append("TELEPATHY")


def unknown_topic(record: Any) -> None:
    record["instruments"][0]["topic"] = "gossip"


def other_alpha(record: Any) -> None:
    record["alpha"] = 0.5


def no_record(record: Any) -> None:
    record.clear()


def other_finding(record: Any) -> None:
    step = next(one for one in record if one["table"] == "steps")
    step["body"] = base64.b64encode(base64.b64decode(step["body"])[:-1]).decode()


def swapped(record: Any) -> None:
    record[0], record[1] = record[1], record[0]


def cheaper(record: Any) -> None:
    record[0]["tokens"] = 1


def no_base64(record: Any) -> None:
    record[0]["body"] = "%%%"


FORGERIES: list[tuple[str, Change]] = [
    ("verdict.json", flag),
    ("verdict.json", raise_total),
    ("verdict.json", lower_needed),
    ("verdict.json", more_items),
    ("verdict.json", another_seed),
    ("verdict.json", no_record),
    ("evidence.jsonl", better_scores),
    ("evidence.jsonl", fewer_findings),
    ("provenance.json", other_labels),
    ("provenance.json", unknown_ability),
    ("provenance.json", unknown_topic),
    ("plan.json", other_alpha),
    ("ledger.jsonl", other_finding),
    ("ledger.jsonl", swapped),
    ("ledger.jsonl", cheaper),
    ("ledger.jsonl", no_base64),
]


@pytest.mark.parametrize(("name", "change"), FORGERIES)
def test_forgeries_do_not_add_up(tmp_path: Path, name: str, change: Change) -> None:
    path, _ = made(tmp_path, split=5, instruments=("logprob.loss",))
    with pytest.raises(IntegrityError):
        verified(forged(path, name, change))


def drop_reply(record: Any) -> None:
    replies = [n for n, one in enumerate(record) if one["table"] == "replies"]
    del record[replies[-1]]


def test_a_dropped_reply_is_found_by_measuring_again(tmp_path: Path) -> None:
    path, benchmark = made(tmp_path, split=5, instruments=("logprob.loss",))
    wrong = forged(path, "ledger.jsonl", drop_reply)
    verified(wrong)  # the last row is gone, and every other one still follows
    with pytest.raises(IntegrityError, match="measured again"):
        verified(wrong, benchmark)


def with_reference(record: Any) -> None:
    record["reference"] = "local:/a/model/that/would/be/loaded"


def test_no_model_that_a_bundle_names_is_opened(tmp_path: Path) -> None:
    path, benchmark = made(tmp_path, split=5, instruments=("logprob.loss",))
    with pytest.raises(IntegrityError, match="reference"):
        verified(forged(path, "plan.json", with_reference), benchmark)


def other_digest(record: Any) -> None:
    record["instruments"][0]["version"] += 1
    record["run"] = "0" * 64


def test_other_instruments_are_no_forgery(tmp_path: Path) -> None:
    path, benchmark = made(tmp_path, split=5, instruments=("logprob.loss",))
    with pytest.raises((UsageError, IntegrityError)):
        verified(forged(path, "provenance.json", other_digest), benchmark)


def test_a_run_without_its_provenance(tmp_path: Path) -> None:
    path, _ = made(tmp_path, split=5)
    (tmp_path / "run" / "provenance.json").unlink()
    with pytest.raises(UsageError, match="run the same assay examine again"):
        bundle(tmp_path / "run", key(tmp_path), path)
    with pytest.raises(UsageError, match="no finished run"):
        bundle(tmp_path / "nowhere", key(tmp_path), path)


def test_a_model_elsewhere_and_what_it_was_shown(tmp_path: Path) -> None:
    benchmark, _ = world(tmp_path, items=12)
    given = plan(benchmark, instruments=("siblings.quiz", "order"), allow_disclosure=True)
    model = ScriptedModel(name=given.model, seed=4, remote=True, prompting="chat")
    out = Path(str(given.out))
    with Ledger(out) as ledger:
        carry_out(prepare(given, model=model), ledger, out, lambda _: None)
    path = tmp_path / "run.assay.zip"
    bundle(out, key(tmp_path), path, replies=True)
    log = next(tmp_path.glob("*.spent.jsonl"))
    noted = log.read_bytes()
    assert noted
    all_levels(path, benchmark)
    assert log.read_bytes() == noted  # to verify is not to spend
    log.unlink()  # whoever verifies has not spent anything
    all_levels(path, benchmark)
    assert not log.exists()
