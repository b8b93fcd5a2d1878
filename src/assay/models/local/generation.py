"""From prompts to what a network writes after them: many short texts at once, each as if alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, LogitsProcessor, LogitsProcessorList

from assay.core.subject import Ending
from assay.models.local.attention import Laid, spans, table
from assay.models.local.head import Head
from assay.models.packing import Tokens, lay_out

__all__ = ["Prompt", "Writer", "Written"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to go on from, how far, and how: temperature 0 is greedy."""

    tokens: Tokens
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """The new tokens, a stop token not among them, and how they ended."""

    tokens: Tokens
    ending: Ending


@dataclass(slots=True)
class Draft:
    """A text that is being written."""

    prompt: Prompt
    rows: list[int]
    """Where its tokens' keys and values lie, in order."""
    new: list[int] = field(default_factory=list)
    ending: Ending = ""
    noise: torch.Generator | None = None


class Writer:
    """What does the network write after each of these prompts?

    A prompt's beginning that it shares with the one before is computed once, and all prompts of a
    batch take their next step together. What one is answered does not depend on the others, but
    for the rounding of sums: each looks at its own tokens only, and each draws from a generator
    of its own.

    Parameters
    ----------
    network
        A causal language model of transformers, in evaluation mode, that attends by
        `attention.PACKED` wherever `together` is used.
    head
        Its last layer.
    stops
        Tokens that end a text.
    """

    def __init__(self, network: Any, head: Head, stops: frozenset[int]) -> None:  # noqa: ANN401
        self.network, self.head, self.stops = network, head, stops
        self.device: torch.device = network.device

    @torch.inference_mode()
    def together(self, prompts: Sequence[Prompt]) -> list[Written]:
        """Go on from sorted prompts, all at once."""
        layout = lay_out([prompt.tokens for prompt in prompts])
        cache = DynamicCache()  # of whole texts: a layer that slides would drop shared rows
        laid = spans(layout, self.head.weight)
        hidden = self._hidden(layout.tokens, layout.positions, laid, cache)
        drafts = [self._begin(p, list(path)) for p, path in zip(prompts, layout.paths, strict=True)]
        live, count = drafts, len(layout.tokens)
        hidden = hidden[[draft.rows[-1] for draft in drafts]]
        while live:
            self._step(live, hidden)
            kept = live = [draft for draft in live if not draft.ending]
            for row, draft in enumerate(kept, start=count):
                draft.rows.append(row)
            count += len(kept)
            if kept:
                hidden = self._next(kept, cache)
        return [Written(tuple(draft.new), draft.ending) for draft in drafts]

    @torch.inference_mode()
    def alone(self, prompt: Prompt) -> Written:
        """Go on from one prompt with the architecture's own attention and cache."""
        ids = torch.tensor([prompt.tokens], device=self.device)
        draft = self._begin(prompt, [])
        processors = LogitsProcessorList()
        if draft.noise is not None:
            processors.append(_Drawing(prompt.temperature, draft.noise))
        out = self.network.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=prompt.max_tokens,
            do_sample=False,
            logits_processor=processors,
            eos_token_id=sorted(self.stops) or None,
            pad_token_id=min(self.stops, default=0),
        )
        for token in out[0, ids.shape[1] :].tolist():
            self._take(draft, token)
        return Written(tuple(draft.new), draft.ending)

    def _begin(self, prompt: Prompt, rows: list[int]) -> Draft:
        if not prompt.temperature:
            return Draft(prompt, rows)
        # On the CPU, so that the same seed draws the same wherever the weights are.
        noise = torch.Generator().manual_seed(prompt.seed)
        return Draft(prompt, rows, noise=noise)

    def _hidden(
        self, tokens: Sequence[int], places: Sequence[int], laid: Laid, cache: DynamicCache
    ) -> Tensor:
        """Compute new rows (R, width) that look back on the cache, and add them to it."""
        ids, positions = (torch.tensor([x], device=self.device) for x in (tokens, places))
        # A mask of four dimensions is passed through as it is: none is built, none is read.
        unread = torch.zeros((1, 1, 1, 1), device=self.device)
        output = self.network.base_model(
            input_ids=ids,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            attention_mask=unread,
            assay_spans=laid,
        )
        hidden: Tensor = output.last_hidden_state[0]
        return hidden

    def _next(self, drafts: Sequence[Draft], cache: DynamicCache) -> Tensor:
        laid = table([draft.rows for draft in drafts], self.head.weight)
        last = [draft.new[-1] for draft in drafts]
        return self._hidden(last, [len(draft.rows) - 1 for draft in drafts], laid, cache)

    def _step(self, drafts: Sequence[Draft], hidden: Tensor) -> None:
        """Give each draft its next token."""
        at_once = self.head.rows_at_once
        for start in range(0, len(drafts), at_once):
            part = drafts[start : start + at_once]
            logits = self.head.logits(hidden[start : start + at_once])
            best = logits.argmax(dim=-1).tolist()
            for draft, row, greedy in zip(part, logits, best, strict=True):
                drawn = greedy
                if draft.noise is not None:
                    drawn = int(_perturbed(row, draft.prompt.temperature, draft.noise).argmax())
                self._take(draft, drawn)

    def _take(self, draft: Draft, token: int) -> None:
        if draft.ending:
            return
        if token in self.stops:
            draft.ending = "stop"
            return
        draft.new.append(token)
        if len(draft.new) == draft.prompt.max_tokens:
            draft.ending = "length"


class _Drawing(LogitsProcessor):
    """The same drawing, for the architectures that write by themselves."""

    def __init__(self, temperature: float, noise: torch.Generator) -> None:
        self.temperature, self.noise = temperature, noise

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        del input_ids
        return _perturbed(scores[0], self.temperature, self.noise)[None]


def _perturbed(logits: Tensor, temperature: float, noise: torch.Generator) -> Tensor:
    """Return logits whose largest is a draw from their softmax at this temperature.

    Adding Gumbel noise to every logit and taking the largest is such a draw. With the same seed,
    two models with one vocabulary meet the same noise: they differ only where they disagree.
    """
    race = torch.empty(logits.shape).exponential_(generator=noise).to(logits.device)
    return logits.float() / temperature - race.log()
