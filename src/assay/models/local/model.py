"""A model on this disk, behind the protocol that every model speaks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from assay.core.errors import BadConfig, ModelError, boundary
from assay.core.subject import Ability, Prompting, Reply, Request
from assay.models.local.scorer import Scorer, Scores
from assay.models.local.trial import try_out
from assay.models.local.weights import digest_files, load, model_files, quiet
from assay.models.packing import Tokens, batches

__all__ = ["LocalModel"]

BUDGET = {"cpu": 1024, "cuda": 16384}
"""Rows computed together. On a CPU more is no faster; on a GPU fewer leaves it idle."""


@dataclass(frozen=True, slots=True)
class Job:
    """A request whose text has become tokens."""

    index: int
    request: Request
    tokens: Tokens


class LocalModel:
    """What does this model of a Hugging Face folder or GGUF file think of each token?

    Parameters
    ----------
    path
        A folder with config.json and safetensors weights, or a .gguf file.
    name
        How the user calls it; the path when empty.
    threads
        CPU threads for torch, process-wide; None leaves torch's choice.
    device
        "auto" (CUDA where there is one), "cpu", "cuda", "cuda:1".
    dtype
        "auto" (float32 on a CPU, where half precision is slower, and bfloat16 elsewhere),
        "float32", "bfloat16" or "float16".
    budget
        Tokens computed together; None for what the device does fastest.

    Attributes
    ----------
    network, tokenizer
        Of transformers, for training or looking inside.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        name: str = "",
        threads: int | None = None,
        device: str = "auto",
        dtype: str = "auto",
        budget: int | None = None,
    ) -> None:
        files = model_files(Path(path))
        if threads is not None:
            torch.set_num_threads(threads)
        where = _device(device)
        precision = _precision(dtype, where)
        self._name = name or f"local:{path}"
        self._digest = digest_files(files, str(precision))
        loaded = load(Path(path), precision, where)
        self.network, self.tokenizer = loaded.network, loaded.tokenizer
        self._scorer = Scorer(self.network)
        with boundary(ModelError, f"trying {self._name} out"):
            self._trial = try_out(self._scorer)
        self._start = _start_tokens(self.tokenizer)
        self._window = _sliding(self.network.config)
        self._budget = budget or BUDGET[where.type]

    @property
    def name(self) -> str:
        """The name the user gave."""
        return self._name

    @property
    def digest(self) -> str:
        """SHA-256 of weights, tokeniser and precision."""
        return self._digest

    @property
    def abilities(self) -> Ability:
        """What it can do."""
        return self._trial.abilities

    @property
    def context(self) -> int:
        """Context window in tokens."""
        return int(getattr(self.network.config, "max_position_embeddings", 2048))

    @property
    def prompting(self) -> Prompting:
        """Raw: a prompt is continued as it stands."""
        return "raw"

    @property
    def remote(self) -> bool:
        """Never: weights on this disk."""
        return False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its results should know."""
        return ("prompts are continued as they stand, outside any chat template",)

    def save(self, path: str | Path) -> None:
        """Write network and tokeniser as a Hugging Face folder that `LocalModel` reads back."""
        with boundary(ModelError, f"saving the model to {path}"), quiet():
            self.network.save_pretrained(path)
            self.tokenizer.save_pretrained(path)

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer every request once; what cannot be answered comes first, each with its problem."""
        jobs = [Job(i, r, self._tokens(r.text)) for i, r in enumerate(requests)]
        troubles = {job.index: self._trouble(job) for job in jobs}
        for job in jobs:
            if troubles[job.index]:
                count = len(job.tokens)
                yield job.index, Reply(problem=troubles[job.index], tokens_in=count, closes=True)
        able = [job for job in jobs if not troubles[job.index]]
        for number, batch in enumerate(self._batches(able), start=1):
            doing = self._score if batch[0].request.kind == "score" else self._generate
            with boundary(ModelError, f"asking {self.name} {len(batch)} requests"):
                replies = doing(batch, number)
            yield from replies[:-1]
            index, last = replies[-1]
            yield index, last.model_copy(update={"closes": True})

    def _batches(self, jobs: Sequence[Job]) -> Iterator[list[Job]]:
        """What is computed together, in order: a function of the jobs alone."""
        scored = [job for job in jobs if job.request.kind == "score"]
        for batch in batches([j.tokens for j in scored], self._budget, alone=self._is_alone):
            yield [scored[i] for i in batch]
        writing = [job for job in jobs if job.request.kind == "generate"]
        yield from ([job] for job in sorted(writing, key=lambda job: job.tokens))

    def _is_alone(self, tokens: Tokens) -> bool:
        """Beyond a sliding window only the architecture's own attention knows what is seen."""
        return not self._trial.packs or len(tokens) > self._window

    def _tokens(self, text: str) -> Tokens:
        ids = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return (*self._start, *ids)

    def _trouble(self, job: Job) -> str:
        need = len(job.tokens) + job.request.max_tokens
        if need > self.context:
            return f"{need} tokens, window {self.context}"
        if job.request.kind == "score":
            return "" if len(job.tokens) > 1 else "fewer than two tokens: nothing to score"
        return "" if job.tokens and job.request.max_tokens else "nothing to go on, or to write"

    def _score(self, batch: Sequence[Job], number: int) -> list[tuple[int, Reply]]:
        moments = any(job.request.moments for job in batch)
        texts = [job.tokens for job in batch]
        if self._is_alone(texts[0]):
            scores = [self._scorer.alone(texts[0], moments=moments)] * len(texts)
        else:
            scores = self._scorer.packed(texts, moments=moments)
        return [
            (job.index, _reply(job, found, number))
            for job, found in zip(batch, scores, strict=True)
        ]

    def _generate(self, batch: Sequence[Job], number: int) -> list[tuple[int, Reply]]:
        (job,) = batch
        prompt = torch.tensor([job.tokens], device=self.network.device)
        with torch.inference_mode():
            out = self.network.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                max_new_tokens=job.request.max_tokens,
                do_sample=False,
                pad_token_id=self.tokenizer.eos_token_id,
            )
        new = out[0, prompt.shape[1] :].tolist()
        text = self.tokenizer.decode(new, skip_special_tokens=True)
        count = len(job.tokens)
        return [(job.index, Reply(text=text, tokens_in=count, tokens_out=len(new), batch=number))]


def _reply(job: Job, found: Scores, number: int) -> Reply:
    values = (*found.logprobs, *found.means, *found.variances)
    if not all(map(math.isfinite, values)):
        msg = f"the model gave values that are not finite for {job.request.text[:60]!r}"
        raise ModelError(msg)
    asked = job.request.moments
    return Reply(
        logprobs=found.logprobs,
        means=found.means if asked else (),
        variances=found.variances if asked else (),
        tokens_in=len(job.tokens),
        batch=number,
    )


def _device(device: str) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind = device.partition(":")[0]
    if kind not in BUDGET or (kind == "cuda" and not torch.cuda.is_available()):
        msg = f"device {device!r} is not available here\n  next: use --device cpu, or auto"
        raise BadConfig(msg)
    return torch.device(device)


def _precision(dtype: str, where: torch.device) -> torch.dtype:
    offered = {
        "auto": torch.float32 if where.type == "cpu" else torch.bfloat16,
        "float32": torch.float32,
        "bfloat16": torch.bfloat16,
        "float16": torch.float16,
    }
    if dtype not in offered:
        msg = f"dtype {dtype!r} is none of {', '.join(offered)}\n  next: use auto"
        raise BadConfig(msg)
    return offered[dtype]


def _start_tokens(tokenizer: Any) -> Tokens:  # noqa: ANN401 - transformers has no types
    """Return the start token, where the tokeniser puts one before a text unasked."""
    ids = tokenizer("a")["input_ids"]
    return (ids[0],) if ids and ids[0] == tokenizer.bos_token_id else ()


def _sliding(config: Any) -> int:  # noqa: ANN401 - transformers has no types
    """Return the tokens up to which every layer sees the whole text."""
    places = ("sliding_window", "attention_chunk_size", "max_position_embeddings")
    return min((int(n) for p in places if (n := getattr(config, p, None))), default=1 << 30)
