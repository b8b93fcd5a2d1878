"""Does `recall.id` flag who knows the tasks by their ids, and nobody else?

    python bench/recall_id.py clean TASKS [RUNS]
    python bench/recall_id.py planted TASKS [RUNS]
    python bench/recall_id.py trend TASKS

TASKS is a file of SWE-bench tasks. `clean` asks models that know no id-to-text mapping, again and
again, and counts those whose e-value passes 1/alpha at its worst moment. `planted` gives a model
the texts of some tasks under their ids, and prints the e-value, what it costs to see it, and which
items are flagged. `trend` prints by block size how much texts tell of the order of their ids.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import accumulate

import numpy as np
from scipy import stats

from assay.core.evidence import Finding
from assay.core.item import Benchmark, Item
from assay.core.subject import Reply, Request, Subject, Unit
from assay.formats.benchmarks import open_benchmark
from assay.models.scripted import ScriptedModel, pieces
from assay.probes.id_blocks import Layout, layout, natural
from assay.probes.id_blocks import said as brought
from assay.probes.recall_id import RecallId
from assay.stats.decoys import decoy_flags
from assay.stats.softrank import assignment_e
from assay.text.ngrams import word_ngrams

LEVELS = (0.05, 0.01)
TOKENS = 96
CHECKED = 5
TITLE = "SWE-bench Verified"


@dataclass(kw_only=True)
class Answers(ScriptedModel):
    """A model that has one answer to each id, and nothing to say to others."""

    said: Mapping[str, str] = field(default_factory=dict)

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Look the id up that the prompt ends with."""
        for index, request in enumerate(requests):
            text = self.said.get(request.text.rstrip("\n").rpartition("\n")[2], "")
            self.answered += 1
            yield index, Reply(text=text, batch=index, closes=True)


def begins(item: Item) -> str:
    """Return as much of a task's text as an answer holds."""
    return first_tokens(item.text)


@cache
def first_tokens(text: str) -> str:
    """Return the first tokens of a text, as the scripted model cuts them."""
    return "".join(pieces(text)[:TOKENS])


def neighbours(items: Sequence[Item]) -> list[list[str]]:
    """List the ids of each repository in their natural order."""
    return in_order(tuple((item.id, item.stratum) for item in items))


@cache
def in_order(places: tuple[tuple[str, str], ...]) -> list[list[str]]:
    """Sort ids within their strata."""
    strata: dict[str, list[str]] = {}
    for name, stratum in sorted(places, key=lambda place: natural(place[0])):
        strata.setdefault(stratum, []).append(name)
    return list(strata.values())


def of_the_time(items: Sequence[Item], seed: int, *, window: int) -> dict[str, str]:
    """Answer each id with the text of a task at most so many ids away, itself included."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    texts = {item.id: begins(item) for item in items}
    said = dict[str, str]()
    for ids in neighbours(items):
        for place, name in enumerate(ids):
            near = ids[max(0, place - window) : place + window + 1]
            said[name] = texts[draw.choice(near)]
    return said


def popular(items: Sequence[Item], seed: int) -> dict[str, str]:
    """Answer with what many texts of the repository say: one of fifty medleys."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    by_id = {item.id: item for item in items}
    said = dict[str, str]()
    for ids in neighbours(items):
        medleys = common_runs(tuple(by_id[name].text for name in ids))
        said |= {name: draw.choice(medleys) for name in ids}
    return said


@cache
def common_runs(texts: tuple[str, ...]) -> list[str]:
    """Return medleys, each of ten runs of eight words that most of the texts have."""
    draw = random.Random(1)  # noqa: S311 - repeatable, not secret
    counts = Counter(g for text in texts for g in dict.fromkeys(word_ngrams(text, 8)))
    common = [" ".join(g) for g, _ in counts.most_common(200)]
    return [" ".join(draw.sample(common, 10)) for _ in range(50)]


@dataclass(kw_only=True)
class Shortcut:
    """The instrument's e-values without its texts: each answer is compared once for each id."""

    benchmark: Benchmark
    rows: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)

    def log_path(self, said: Mapping[str, str], seed: int) -> list[float]:
        """Log e-value after each unit, as `findings` deals them."""
        probe = RecallId()
        plan = layout(self.benchmark, probe.block, probe.n, probe.rare)
        logs = dict[str, float]()
        for first, block in plan.blocks.items():
            table = tuple(self.row(name, said[name], block, plan) for name in block)
            logs[first] = math.log(block_e(table, probe.gamma))
        return list(accumulate(logs.get(item.id, 0.0) for item in dealt(self.benchmark, seed)))

    def row(self, name: str, text: str, block: Sequence[str], plan: Layout) -> tuple[int, ...]:
        """Count what an answer shares with each text of the block."""
        if (name, text) not in self.rows:
            grams = brought(text, f"{TITLE}\n{name}\n", name, 5)
            shared = (len(np.intersect1d(grams, plan.rare[other])) for other in block)
            self.rows[name, text] = tuple(shared)
        return self.rows[name, text]


@cache
def block_e(table: tuple[tuple[int, ...], ...], gamma: float) -> float:
    """Return a block's e-value; most blocks meet the same few tables again and again."""
    return assignment_e(table, gamma=gamma)


def dealt(benchmark: Benchmark, seed: int) -> list[Item]:
    """Shuffle the tasks, as the loop deals them."""
    items = list(benchmark.items)
    random.Random(seed).shuffle(items)  # noqa: S311 - repeatable, not secret
    return items


def findings(benchmark: Benchmark, said: Mapping[str, str], seed: int) -> list[Finding]:
    """Measure all tasks in a seeded order, as the loop deals them."""
    units = [Unit(id=item.id, item=item) for item in dealt(benchmark, seed)]
    subject = Subject(model=Answers(said=said), benchmark=benchmark)
    outcomes = RecallId(title=TITLE).measure(subject, units, seed=seed)
    return [o for o in outcomes if isinstance(o, Finding)]


def log_path(found: Sequence[Finding]) -> list[float]:
    """Log e-value after each unit."""
    logs = [math.log(f.e_value) if f.e_value is not None else 0.0 for f in found]
    return list(accumulate(logs))


def drawn(items: Sequence[Item], known: int, seed: int) -> set[str]:
    """Draw the tasks that a model shall know."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    return {item.id for item in draw.sample(list(items), known)}


def flagged(found: Sequence[Finding], q: float = 0.10, gamma: float = 1.5) -> set[str]:
    """Return the tasks that beat their decoys."""
    paired = sorted((f for f in found if "pair" in f.detail), key=lambda f: f.unit)
    own, decoy = ([float(str(f.detail[key])) for f in paired] for key in ("own", "decoy"))
    names = [str(f.detail["pair"]) for f in paired]
    flags = decoy_flags(own, decoy, names, q=q, gamma=gamma)
    return {f.unit for f, flag in zip(paired, flags, strict=True) if flag}


def clean(benchmark: Benchmark, runs: int) -> None:
    """Count false alarms of models that know no mapping."""
    items = benchmark.items
    windows = {"any text of the repository": 1000}
    windows |= {f"a text at most {k} ids away": k for k in (20, 5, 2)} | {
        "a text at most 1 id away": 1
    }
    count(benchmark, "popular words of the repository", partial(popular, items), runs)
    for name, window in windows.items():
        count(benchmark, name, partial(of_the_time, items, window=window), runs)


def count(
    benchmark: Benchmark, name: str, world: Callable[[int], dict[str, str]], runs: int
) -> None:
    """Count the runs of one kind of model that pass 1/alpha at their worst moment."""
    paths = Shortcut(benchmark=benchmark)
    for seed in range(CHECKED):  # the shortcut is the instrument, only quicker
        whole = log_path(findings(benchmark, world(seed), seed))
        if not np.allclose(whole, paths.log_path(world(seed), seed)):
            sys.exit(f"{name}, seed {seed}: the shortcut is not what the instrument gives")
    logs = [paths.log_path(world(seed), seed) for seed in range(runs)]
    worst, ends = [max(path) for path in logs], sorted(path[-1] for path in logs)
    hits = {a: sum(w >= -math.log(a) for w in worst) for a in LEVELS}
    bounds = {a: int(stats.binom.ppf(0.999, runs, a)) for a in LEVELS}
    line = "; ".join(f"alpha {a}: {hits[a]} of {runs} (bound {bounds[a]})" for a in LEVELS)
    mean = math.fsum(map(math.exp, ends)) / runs
    flags = sum(bool(flagged(findings(benchmark, world(s), s))) for s in range(runs // 20))
    print(
        f"{name}: {line}; mean e {mean:.2g}, median log e {ends[runs // 2]:.1f}; "
        f"runs with item flags {flags} of {runs // 20}",
        flush=True,
    )


def planted(benchmark: Benchmark, runs: int) -> None:
    """Plant tasks under their ids; the others get no answer, or a text of their repository."""
    print("known | others | flagged at .01 | median log e | units dealt | power | FDP (bound .10)")
    for known in (5, 10, 15, 25, 50, 100):
        for others in ("silence", "any text"):
            rows = [knowing(benchmark, known, others, seed) for seed in range(runs)]
            ends, reached, power, fdp = np.array(rows, dtype=np.float64).T
            seen = reached[np.isfinite(reached)]
            print(
                f"{known} | {others} | {len(seen) / runs:.2f} | {np.median(ends):.1f} | "
                f"{np.median(seen) if len(seen) else math.nan:.0f} | {power.mean():.2f} | "
                f"{fdp.mean():.3f}",
                flush=True,
            )


def knowing(
    benchmark: Benchmark, known: int, others: str, seed: int
) -> tuple[float, float, float, float]:
    """Return the log e-value, units dealt until 100, share of known and of wrong items flagged."""
    chosen = drawn(benchmark.items, known, seed)
    said = of_the_time(benchmark.items, seed, window=1000) if others == "any text" else {}
    said |= {item.id: begins(item) for item in benchmark.items if item.id in chosen}
    found = findings(benchmark, said, seed)
    path, flags = log_path(found), flagged(found)
    reached = next((k + 1.0 for k, x in enumerate(path) if x >= math.log(100)), math.inf)
    wrong = len(flags - chosen) / max(1, len(flags))
    return path[-1], reached, len(flags & chosen) / known, wrong


def trend(benchmark: Benchmark) -> None:
    """Print how alike neighbours are, by block size."""
    for size in (4, 6, 8, 10, 12, 16, 20, 40):
        plan = layout(benchmark, size, 5, 1)
        print(f"blocks of {size}: {len(plan.blocks)}, p {plan.trend:.3f}")


if __name__ == "__main__":
    tasks = open_benchmark(sys.argv[2])
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    if sys.argv[1] == "clean":
        clean(tasks, wanted or 2000)
    elif sys.argv[1] == "planted":
        planted(tasks, wanted or 100)
    else:
        trend(tasks)
