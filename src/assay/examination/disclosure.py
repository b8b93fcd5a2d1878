"""What is sealed, who was shown it, and that whatever is sent is noted first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from assay.core.item import Item
from assay.core.settings import Plan
from assay.core.subject import Model, Sealed, Unit
from assay.core.trial import Trial
from assay.formats.lines import there
from assay.formats.manifest import sidecar
from assay.store.disclosures import Disclosing, Disclosures, Secret, provider_of

__all__ = ["noted", "sealed_for", "spending_log"]

WINDOW = 30
"""Characters of a held-back item that, sent in one piece, give it away."""


def spending_log(benchmark: str) -> Path:
    """Where is what was spent of this benchmark written down? Beside its file, or else here.

    Examples
    --------
    >>> spending_log("hf:owner/name").name
    'hf-owner-name.spent.jsonl'
    """
    path = Path(benchmark)
    if there(path):
        beside = sidecar(path)
        return beside.with_name(beside.name.removesuffix(".assay.json") + ".spent.jsonl")
    clean = "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in benchmark)
    return Path(f"{clean[:100]}.spent.jsonl")


def sealed_for(plan: Plan, model: Model, items: Sequence[Item]) -> Mapping[str, Sealed] | None:
    """Which sealed siblings may this model be shown? None where nothing leaves this machine.

    Without leave (--allow-disclosure) none; with it, those that no other provider was sent.
    """
    if not model.remote:
        return None
    if not plan.allow_disclosure:
        return {}
    spent = Disclosures(spending_log(plan.benchmark)).spent()
    provider = _provider(plan, model)
    return {item.id: _sealed(item, spent, provider) for item in items if item.siblings}


def _sealed(item: Item, spent: Mapping[str, set[str]], provider: str) -> Sealed:
    on = {text: spent.get(_digest(text), set()) for text in item.siblings}
    return Sealed(
        shown=tuple(text for text, who in on.items() if provider in who),
        unspent=tuple(text for text, who in on.items() if not who),
    )


def noted(trial: Trial, model: Model, units: Sequence[Unit]) -> Model:
    """Return the model, such that what it is sent of these units is noted before it is sent."""
    if not model.remote:
        return model
    secrets = list(_secrets(trial, model, units))
    log = Disclosures(spending_log(trial.plan.benchmark))
    return Disclosing(model, log, _provider(trial.plan, model), secrets) if secrets else model


def _provider(plan: Plan, model: Model) -> str:
    return provider_of(model.name, plan.model_args if model.name == plan.model else None)


def _secrets(trial: Trial, model: Model, units: Sequence[Unit]) -> Iterator[Secret]:
    """Yield what is sealed about these units: siblings, the half held back, canaries not drawn."""
    examined = model is trial.subject.model
    for item in (unit.item for unit in units):
        may = trial.subject.showable(item) if examined else Sealed()
        ours = frozenset((*may.shown, *may.unspent))
        for text, needle in _siblings(item):
            yield Secret(
                kind="sibling",
                item=item.id,
                sha256=_digest(text),
                needles=(needle,),
                exclusive=text in ours,
            )
    for canary in trial.subject.benchmark.canaries:
        for text in () if canary.public else canary.alternatives:
            yield Secret(kind="canary", item=canary.id, sha256=_digest(text), needles=(text,))
    if trial.controls_kind == "randomised":
        yield from _held_back(trial, [unit.item for unit in units])


def _siblings(item: Item) -> Iterator[tuple[str, str]]:
    """Yield each sibling with what gives it away: its question alone, where it has one."""
    answers = item.sibling_answers
    for place, text in enumerate(item.siblings):
        answered = len(answers) == len(item.siblings)
        question = text.removesuffix(answers[place]).strip() if answered else text
        yield text, text if question in item.text else question


def _held_back(trial: Trial, items: Sequence[Item]) -> Iterator[Secret]:
    """Yield the items that were not published, with pieces that no published one here shares."""
    published = "\0".join(item.text for item in items if item.id in trial.suspect_ids)
    for item in items:
        if item.id in trial.suspect_ids:
            continue
        starts = range(0, max(1, len(item.text) - WINDOW + 1), WINDOW)
        windows = (item.text[start : start + WINDOW] for start in starts)
        needles = tuple(w for w in windows if w.strip() and w not in published)
        digest = _digest(item.text)
        yield Secret(kind="held back", item=item.id, sha256=digest, needles=needles)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
