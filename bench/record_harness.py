"""In what rhythm does an evaluation harness ask? Recorded against a scripted server on loopback.

    python bench/record_harness.py --out src/assay/traffic/simulate/harness.json [--lm-eval lm_eval]

The server answers after a drawn time (lognormal, median 0.8 s) and refuses one request in fifty
with 429. Times are written in units of the mean answer time divided by the number of requests in
flight, so that they hold for slower models too: with every place always taken a gap is 1 on
average. No prompt and no answer is kept, only sizes. `--lm-eval` names the program of lm-eval,
which may live in an environment of its own; without it only Inspect AI is recorded.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.agent import react
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import includes
from inspect_ai.solver import generate, system_message
from inspect_ai.tool import Tool, tool

MEDIAN, SIGMA, REFUSED = 0.8, 0.5, 0.02
QUANTILES = np.linspace(0, 1, 33)
TURNS = 6
ITEMS = 160
Record = dict[str, Any]


@dataclass
class Seen:
    """What the server saw of one run."""

    arrivals: list[tuple[float, float, int, str]] = field(default_factory=list)
    """Came, was answered, with which status, digest of its body."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    draws: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311
    lock: threading.Lock = field(default_factory=threading.Lock)


def reply(body: dict[str, Any]) -> dict[str, Any]:
    """Answer: a call of a tool while tools are offered and few turns were taken, else words."""
    turns = sum(m["role"] == "assistant" for m in body["messages"])
    message: dict[str, Any] = {"role": "assistant", "content": "The answer is 3."}
    if body.get("tools"):
        call = ("add", {"x": turns, "y": 1}) if turns < TURNS else ("submit", {"answer": "3"})
        said = {"name": call[0], "arguments": json.dumps(call[1])}
        message["tool_calls"] = [{"id": f"call{turns}", "type": "function", "function": said}]
    ends = "tool_calls" if body.get("tools") else "stop"
    return {
        "id": "scripted", "object": "chat.completion", "created": 0, "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": ends}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }  # fmt: skip


def handler(seen: Seen) -> type[BaseHTTPRequestHandler]:
    """Make the handler that writes down what it sees."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            came = time.monotonic()
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            body = json.loads(raw)
            with seen.lock:
                wait = MEDIAN * float(np.exp(SIGMA * seen.draws.gauss(0, 1)))
                status = 429 if seen.draws.random() < REFUSED else 200
            time.sleep(wait if status == 200 else 0.002)
            said = json.dumps(reply(body) if status == 200 else {"error": {"message": "slow"}})
            with seen.lock:
                digest = hashlib.sha256(raw).hexdigest()
                seen.arrivals.append((came, time.monotonic(), status, digest))
                seen.bodies.append(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as the base class
            pass

    return Handler


def watched(run: Callable[[str], None]) -> Seen:
    """Run against a fresh server; return what it saw."""
    seen = Seen()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(seen))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        run(f"http://127.0.0.1:{server.server_port}/v1")
    finally:
        server.shutdown()
        server.server_close()
    return seen


def common_share(bodies: list[dict[str, Any]]) -> float:
    """Which share of the characters of a first prompt stands at the start of every one?"""
    texts = [json.dumps(b["messages"]) for b in bodies]
    first, last = min(texts), max(texts)  # whatever these two share, all between them do
    same = next(
        (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first)
    )
    return round(same / float(np.mean([len(t) for t in texts])), 3)


def shape(name: str, made_by: str, seen: Seen) -> Record:
    """Keep the rhythm and the sizes, no text."""
    came = np.array([a[0] for a in seen.arrivals])
    done = np.array([a[1] for a in seen.arrivals])
    order = np.argsort(came)
    flight = float((done - came).sum() / (done.max() - came.min()))
    unit = float((done - came).mean()) / max(flight, 1.0)
    backoffs = again(seen)
    return {
        "name": name,
        "made_by": made_by,
        "requests": len(came),
        "in_flight": round(flight, 2),
        "gaps": [round(float(q), 4) for q in np.quantile(np.diff(came[order]) / unit, QUANTILES)],
        "backoff_s": round(float(np.median(backoffs)), 2) if backoffs else None,
        "temperature": seen.bodies[0].get("temperature"),
        "max_tokens": seen.bodies[0].get("max_tokens"),
        "stream": bool(seen.bodies[0].get("stream")),
        "tools": len(seen.bodies[0].get("tools") or []),
        "repeated": common_share(seen.bodies),
    }  # fmt: skip


def again(seen: Seen) -> list[float]:
    """After how many seconds was a refused request sent again?"""
    waits = []
    for _, done, status, digest in seen.arrivals:
        later = [a[0] - done for a in seen.arrivals if a[3] == digest and a[0] > done]
        if status == 429 and later:
            waits.append(min(later))
    return waits


@tool
def add() -> Tool:
    """Make the tool that is offered to the scripted agent."""

    async def execute(x: int, y: int) -> str:
        """Add two numbers.

        Args:
            x: one number
            y: another
        """
        return str(x + y)

    return execute


def inspect_run(*, agent: bool) -> Callable[[str], None]:
    """Return a run of Inspect AI over items of its own."""

    def run(base: str) -> None:
        samples = [Sample(input=f"What is {i} + {i * 7}? " * 8, target="3") for i in range(ITEMS)]
        plan = react(tools=[add()]) if agent else [system_message("Reason, then say."), generate()]
        task = Task(dataset=MemoryDataset(samples[: 40 if agent else ITEMS]), solver=plan,
                    scorer=includes())  # fmt: skip
        with tempfile.TemporaryDirectory() as logs:
            os.environ["OPENAI_API_KEY"] = "none"
            inspect_eval(
                task, model="openai-api/scripted/model", model_base_url=base, log_dir=logs,
                display="none", temperature=0.0, max_tokens=512,
                model_args={"api_key": "none"},
            )  # fmt: skip

    return run


TASK = """\
task: scripted_sums
dataset_path: json
dataset_kwargs:
  data_files: {data}
output_type: generate_until
test_split: train
doc_to_text: "Question: {{{{question}}}}\\nAnswer:"
doc_to_target: "{{{{answer}}}}"
generation_kwargs:
  until: ["Question:"]
  do_sample: false
  temperature: 0.0
  max_gen_toks: 512
metric_list:
  - metric: exact_match
"""


def lm_eval_run(program: str, concurrent: int) -> Callable[[str], None]:
    """Return a run of lm-eval over a task of its own."""

    def run(base: str) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            data = folder / "items.jsonl"
            rows = [
                {"question": f"What is {i} + {i * 7}? " * 8, "answer": "3"} for i in range(ITEMS)
            ]
            data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            (folder / "sums.yaml").write_text(TASK.format(data=data), encoding="utf-8")
            arguments = (
                f"model=scripted,base_url={base}/chat/completions,num_concurrent={concurrent}"
            )
            command = [
                program, "--model", "local-chat-completions", "--model_args",
                f"{arguments},max_retries=5,tokenized_requests=False", "--tasks", "scripted_sums",
                "--include_path", name, "--apply_chat_template",
            ]  # fmt: skip
            subprocess.run(command, check=True, env=os.environ | {"OPENAI_API_KEY": "none"})

    return run


def main() -> None:
    """Record every harness there is, write one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lm-eval", default="")
    given = parser.parse_args()
    made_by = f"inspect_ai {version('inspect_ai')}"
    runs = [("inspect", made_by, inspect_run(agent=False)),
            ("inspect-agent", made_by, inspect_run(agent=True))]  # fmt: skip
    if given.lm_eval:
        which = "from importlib.metadata import version; print(version('lm_eval'))"
        beside = Path(given.lm_eval).with_name("python")
        done = subprocess.run([beside, "-c", which], check=True, capture_output=True, text=True)
        by = f"lm_eval {done.stdout.strip()}"
        runs += [(f"lm-eval-{n}", by, lm_eval_run(given.lm_eval, n)) for n in (1, 8)]
    shapes = [shape(name, by, watched(run)) for name, by, run in runs]
    given.out.write_text(json.dumps(shapes, indent=1) + "\n", encoding="utf-8")
    for one in shapes:
        print(one["name"], one["requests"], "requests,", one["in_flight"], "in flight")


if __name__ == "__main__":
    main()
