"""What would a run cost? Its requests are counted, not sent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assay.core.errors import ModelError
from assay.core.settings import Forecast, Plan
from assay.core.subject import Ability, Cost, Model, Price, Prompting, Reply, Request
from assay.core.trial import Trial
from assay.examination.prepare import prepare
from assay.examination.steps import steps
from assay.store import price_from
from assay.verdict import needed

__all__ = ["estimate", "forecast"]

TYPICAL = 0.3  # tokens per byte of English and code with the usual tokenisers
SAMPLE = 4  # requests that are really sent, to learn speed and tokens per byte


class Counter:
    """A model that answers nothing and counts what it is asked, each request once."""

    def __init__(self, model: Model, tokens_per_byte: float, price: Price | None = None) -> None:
        self.name: str = model.name
        self.digest: str = model.digest
        self.abilities: Ability = model.abilities
        self.context: int = model.context
        self.parameters: int = model.parameters
        self.prompting: Prompting = model.prompting
        self.remote: bool = model.remote
        self.notes: tuple[str, ...] = model.notes
        self.spent = Cost()
        self._rate, self._price = tokens_per_byte, price
        self._seen: set[str] = set()

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Count, and reply with the right number of meaningless tokens."""
        for index, request in enumerate(requests):
            tokens = max(2, round(len(request.text.encode("utf-8", "replace")) * self._rate))
            if request.digest not in self._seen:
                self._seen.add(request.digest)
                paid = self._price.nanodollars(tokens, request.max_tokens) if self._price else 0
                self.spent += Cost(calls=1, tokens=tokens + request.max_tokens, nanodollars=paid)
            flat = (-1.0,) * tokens
            ones = (1.0,) * tokens if request.moments else ()
            means = flat if request.moments else ()
            yield index, Reply(logprobs=flat, means=means, variances=ones, tokens_in=tokens)


def forecast(plan: Plan) -> Forecast:
    """Count what a plan would ask, and how long it would take at the model's measured speed.

    A remote model is not asked for its speed: that would cost money before the price is known.

    Raises
    ------
    UsageError
        As `prepare`.
    """
    trial = prepare(plan)
    if trial.subject.model.remote:
        return estimate(trial)
    texts = [unit.item.text for unit in trial.dealt[:SAMPLE]]
    rate, speed = _pace(trial.subject.model, texts)
    found = estimate(trial, tokens_per_byte=rate)
    minutes = found.total.tokens / speed / 60 if speed else None
    return found.model_copy(update={"minutes": minutes})


def estimate(trial: Trial, *, tokens_per_byte: float = TYPICAL) -> Forecast:
    """Count what a trial would ask, without sending anything.

    Parameters
    ----------
    trial
        Prepared.
    tokens_per_byte
        How many tokens the model makes of a byte of text.
    """
    subject, plan = trial.subject, trial.plan
    model = Counter(subject.model, tokens_per_byte, price_from(plan.price))
    reference = Counter(subject.reference, tokens_per_byte) if subject.reference else None
    counting = replace(subject, model=model, reference=reference)
    by_instrument: dict[str, Cost] = {}
    for step in steps(trial):
        for instrument in step.instruments:
            before = _spent(model, reference)
            list(instrument.measure(counting, step.units, seed=trial.seed))
            after = _spent(model, reference)
            by_instrument[instrument.id] = by_instrument.get(instrument.id, Cost()) + Cost(
                calls=after.calls - before.calls,
                tokens=after.tokens - before.tokens,
                nanodollars=after.nanodollars - before.nanodollars,
            )
    return Forecast(
        benchmark=subject.benchmark.name,
        model=subject.model.name,
        suspects=len(trial.suspect_ids),
        controls=len(trial.controls),
        seed=trial.seed,
        by_instrument=by_instrument,
        abstains=trial.blocked,
        total=_spent(model, reference),
        needed=needed(trial),
        notes=("at most: a run that is decided early stops",) if not plan.full else (),
    )


def _spent(model: Counter, reference: Counter | None) -> Cost:
    return model.spent + (reference.spent if reference else Cost())


def _pace(model: Model, texts: Sequence[str]) -> tuple[float, float]:
    """Return tokens per byte and tokens per second, from a few real requests."""
    moments = Ability.VOCAB_MOMENTS in model.abilities
    kind: dict[str, object] = {"kind": "score", "moments": moments}
    if Ability.LOGPROBS not in model.abilities:
        kind = {"kind": "generate", "max_tokens": 1}
    requests = [Request.model_validate(kind | {"text": text}) for text in texts]
    begun = time.perf_counter()
    try:
        replies = [reply for _, reply in model.answer(requests) if not reply.problem]
    except ModelError:
        replies = []
    seconds = time.perf_counter() - begun
    tokens = sum(reply.tokens_in for reply in replies)
    size = sum(len(text.encode("utf-8", "replace")) for text in texts)
    return (tokens / size, tokens / seconds) if tokens else (0.3, 0.0)
