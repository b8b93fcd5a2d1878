"""An OpenAI-compatible server that gives a prompt's log-probabilities as vLLM writes them.

Written from vLLM's documented form and what Inspect reads; no real vLLM was ever run beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from tests.servers.loopback import Answer
from tests.servers.openai_form import Front, serving_front

from assay.core.subject import Request
from assay.models.local import LocalModel

__all__ = ["VllmFront", "serving_vllm"]

LOWEST = -9999.0


@dataclass(kw_only=True)
class VllmFront(Front):
    """What does a vLLM server say when these weights answer?

    Parameters
    ----------
    local
        The weights; `model` is the same.
    shuffled
        Write the names of each place's entries in numeric order, as whatever parses and rewrites
        JSON objects may do; vLLM itself writes the prompt's own token first.
    """

    local: LocalModel
    shuffled: bool = False

    def completion(self, body: dict[str, Any]) -> Answer:
        """Answer /v1/completions, with the prompt's log-probabilities where asked for."""
        answer = super().completion(body)
        if answer.status == 200 and body.get("prompt_logprobs") is not None:
            answer.body["choices"][0]["prompt_logprobs"] = self.places(body["prompt"])
        return answer

    def places(self, prompt: str) -> list[dict[str, Any] | None]:
        """Return null for the first token, then own token and likeliest token by id."""
        model = self.local
        ids = [*self.started(), *model.tokenizer(prompt, add_special_tokens=False)["input_ids"]]
        ((_, reply),) = model.answer([Request(kind="score", text=prompt)])
        with torch.inference_mode():
            logp = model.network(input_ids=torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
        found: list[dict[str, Any] | None] = [None]
        for row, own, value in zip(logp, ids[1:], reply.logprobs, strict=True):
            rank = int((row > row[own]).sum()) + 1
            top = int(row.argmax())
            entries = {own: (value, rank)}
            if rank > 1:
                entries[top] = (float(row[top]), 1)
            order = sorted(entries) if self.shuffled else list(entries)
            found.append({str(i): self.entry(i, *entries[i]) for i in order})
        return found

    def started(self) -> list[int]:
        """Return the start token, where the tokeniser puts one before a text."""
        ids = self.local.tokenizer("a")["input_ids"]
        return ids[:1] if ids[0] == self.local.tokenizer.bos_token_id else []

    def entry(self, token: int, value: float, rank: int) -> dict[str, Any]:
        """Return one token's entry."""
        shown = self.local.tokenizer.decode([token])
        return {"logprob": max(value, LOWEST), "rank": rank, "decoded_token": shown}


@contextmanager
def serving_vllm(model: LocalModel, *, name: str = "tiny", shuffled: bool = False) -> Iterator[str]:
    """Serve weights in vLLM's form; gives the base URL, which ends in /v1."""
    front = VllmFront(model=model, local=model, name=name, shuffled=shuffled, fingerprint="")
    with serving_front(front) as url:
        yield url
