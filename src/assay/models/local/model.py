"""A model on this disk, behind the protocol that every model speaks."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from assay.core.errors import BadConfig, ModelError, boundary
from assay.core.item import digest_of
from assay.core.subject import Ability, Prompting, Reply, Request
from assay.models.local.device import BUDGET, device_named, precision_named
from assay.models.local.generation import Prompt, Writer
from assay.models.local.scorer import Scorer, Scores
from assay.models.local.trial import try_out
from assay.models.local.weights import digest_files, load, model_files, quiet
from assay.models.packing import Tokens, batches

__all__ = ["LocalModel"]


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
        where = device_named(device)
        precision = precision_named(dtype, where)
        self._name = name or f"local:{path}"
        self._digest = digest_files(files, str(precision))
        loaded = load(Path(path), precision, where)
        self.network, self.tokenizer = loaded.network, loaded.tokenizer
        self._scorer = Scorer(self.network)
        self._writer = Writer(self.network, self._scorer.head, _stops(self.network, self.tokenizer))
        with boundary(ModelError, f"trying {self._name} out"):
            self._trial = try_out(self._scorer)
        self._start = _start_tokens(self.tokenizer)
        self._prompting: Prompting = "raw"
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
    def parameters(self) -> int:
        """How many weights it has, shared ones counted once."""
        return sum(weights.numel() for weights in self.network.parameters())

    @property
    def prompting(self) -> Prompting:
        """Whether a prompt is continued as it stands or answered in a chat."""
        return self._prompting

    @property
    def remote(self) -> bool:
        """Never: weights on this disk."""
        return False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its results should know."""
        if self._prompting == "chat":
            return ("prompts are laid into the chat template of the model's own tokeniser",)
        return ("prompts are continued as they stand, outside any chat template",)

    def in_chat(self) -> LocalModel:
        """Return the same weights, answering inside their tokeniser's chat template.

        Texts to be scored are scored as they stand.

        Raises
        ------
        BadConfig
            When the tokeniser brings no template.
        """
        if not self.tokenizer.chat_template:
            raise BadConfig(f"{self.name} has no chat template\n  next: examine it without one")
        other = copy.copy(self)
        digest = digest_of([self.digest, "chat"])
        other._prompting, other._digest = "chat", digest  # noqa: SLF001 - of this very class
        return other

    def save(self, path: str | Path) -> None:
        """Write network and tokeniser as a Hugging Face folder that `LocalModel` reads back."""
        with boundary(ModelError, f"saving the model to {path}"), quiet():
            self.network.save_pretrained(path)
            self.tokenizer.save_pretrained(path)

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer every request once; what cannot be answered comes first, each with its problem."""
        jobs = [Job(i, r, self._tokens(r)) for i, r in enumerate(requests)]
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
        able = [job for job in writing if not self._is_alone(job.tokens, job.request.max_tokens)]
        texts, more = [job.tokens for job in able], [job.request.max_tokens for job in able]
        for batch in batches(texts, self._budget, more=more):
            yield [able[i] for i in batch]
        others = [job for job in writing if self._is_alone(job.tokens, job.request.max_tokens)]
        yield from ([job] for job in sorted(others, key=lambda job: job.tokens))

    def _is_alone(self, tokens: Tokens, more: int = 0) -> bool:
        """Beyond a sliding window only the architecture's own attention knows what is seen."""
        return not self._trial.packs or len(tokens) + more > self._window

    def _tokens(self, request: Request) -> Tokens:
        text, start = request.text, self._start
        if request.kind == "generate" and self._prompting == "chat":
            turn = [{"role": "user", "content": text}]
            text = self.tokenizer.apply_chat_template(
                turn, tokenize=False, add_generation_prompt=True
            )
            start = ()  # the template brings its own
        ids = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return (*start, *ids)

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
        prompts = [
            Prompt(j.tokens, j.request.max_tokens, j.request.temperature, j.request.seed)
            for j in batch
        ]
        if self._is_alone(prompts[0].tokens, prompts[0].max_tokens):
            written = [self._writer.alone(prompts[0])]
        else:
            written = self._writer.together(prompts)
        return [
            (
                job.index,
                Reply(
                    text=self._text(job.tokens, found.tokens),
                    tokens_in=len(job.tokens),
                    tokens_out=len(found.tokens),
                    ending=found.ending,
                    batch=number,
                ),
            )
            for job, found in zip(batch, written, strict=True)
        ]

    def _text(self, before: Tokens, new: Tokens) -> str:
        """Return what was added to the text: some tokenisers drop the blank a text begins with."""
        start = self.tokenizer.decode(before, skip_special_tokens=True)
        whole: str = self.tokenizer.decode((*before, *new), skip_special_tokens=True)
        if whole.startswith(start):
            return whole[len(start) :]
        alone: str = self.tokenizer.decode(new, skip_special_tokens=True)
        return alone


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


def _start_tokens(tokenizer: Any) -> Tokens:  # noqa: ANN401 - transformers has no types
    """Return the start token, where the tokeniser puts one before a text unasked."""
    ids = tokenizer("a")["input_ids"]
    return (ids[0],) if ids and ids[0] == tokenizer.bos_token_id else ()


def _sliding(config: Any) -> int:  # noqa: ANN401 - transformers has no types
    """Return the tokens up to which every layer sees the whole text."""
    places = ("sliding_window", "attention_chunk_size", "max_position_embeddings")
    return min((int(n) for p in places if (n := getattr(config, p, None))), default=1 << 30)


def _stops(network: Any, tokenizer: Any) -> frozenset[int]:  # noqa: ANN401 - no types
    """Return the tokens that end a text, by the network's own account and the tokeniser's."""
    given = getattr(network.generation_config, "eos_token_id", None)
    several = given if isinstance(given, list | tuple) else [given]
    return frozenset(t for t in (*several, tokenizer.eos_token_id) if t is not None)
