"""A benchmark with everything planted, and valid certificates of every random act behind it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path

from assay.core.draws import drawn_secret, frozen_digest, ranked
from assay.core.item import Benchmark, Canary, Certificate, Item

ACTS = ("order", "options", "siblings", "canary", "honeypot")
COMMITTED = date(2020, 1, 1)
VERBS = ("counts", "paints", "mends", "weighs", "hides", "carries", "sells", "draws", "folds")
NOUNS = ("lamps", "boats", "pears", "keys", "drums", "ropes", "stones", "maps", "coins", "bells")
NAMES = ("Ada", "Bo", "Cleo", "Dario", "Eve", "Finn", "Gus", "Hana", "Ivo", "June", "Kim", "Lou")


def sentence(seed: str) -> str:
    """Return a short sentence that this seed alone decides; nine million of them."""
    pick = random.Random(seed)  # noqa: S311 - repeatable, not secret
    number = pick.randint(100, 9999)
    return f"{pick.choice(NAMES)} {pick.choice(VERBS)} {number} {pick.choice(NOUNS)}"


def bare_item(name: str, *, options: int) -> Item:
    """Return an item as its author wrote it, before any draw."""
    listed = tuple(sentence(f"{name}:option:{k}") for k in range(options))
    return Item(id=name, statement=f"{sentence(name)}.", options=listed)


def drawn_item(
    item: Item, *, siblings: int, options_seed: int, siblings_seed: int, answers: bool = False
) -> Item:
    """Draw the order of the options, then which variant is published."""
    order = tuple(ranked(item.options, f"{options_seed}:{item.id}"))
    variants = [
        item.model_copy(update={"options": order, "statement": f"{sentence(f'{item.id}:{k}')}."})
        for k in range(siblings + 1)
    ]
    if answers:
        variants = [v.model_copy(update={"answer": number(v.statement)}) for v in variants]
    by_hash = {sha256(v.text.encode()).hexdigest(): v for v in variants}
    first, *others = ranked(list(by_hash), f"{siblings_seed}:{item.id}")
    sealed = tuple(by_hash[h].text for h in others)
    published = by_hash[first].model_copy(update={"siblings": sealed})
    if not answers:
        return published
    wrong = {
        "sibling_answers": tuple(by_hash[h].answer for h in others),
        "correct": number(f"{item.id}:right"),
        "wrong_answers": (published.answer, number(f"{item.id}:wrong")),
    }
    return published.model_copy(update=wrong)


def number(seed: str) -> str:
    """Return an answer that this seed alone decides."""
    return f"#### {random.Random(seed).randint(1000, 9999)}"  # noqa: S311 - repeatable, not secret


def planted_honeypot(name: str, seed: int) -> Canary:
    """Draw the secret of a task that only its gold answer holds, from twenty strings."""
    words = tuple(f"code {n}" for n in range(10, 30))
    context = f"What is the code of vault {name}? "
    blank = Canary(id=name, context=context, secret=words[0], alternatives=words[1:])
    secret = drawn_secret(blank, seed)
    rest = tuple(word for word in words if word != secret)
    return blank.model_copy(update={"secret": secret, "alternatives": rest})


def planted_canary(seed: int) -> Canary:
    """Draw a canary's secret from twenty strings: few enough that a lucky guess is often seen."""
    words = [f"{word}-{n}" for word in ("amber", "birch", "cedar", "dune") for n in range(5)]
    first, *others = words
    blank = Canary(id="c", context="Keep out: ", secret=first, alternatives=tuple(others))
    secret = drawn_secret(blank, seed)
    rest = tuple(word for word in words if word != secret)
    return blank.model_copy(update={"secret": secret, "alternatives": rest})


def build(
    seed: int,
    *,
    items: int = 24,
    siblings: int = 19,
    options: int = 4,
    varied: Sequence[str] = ACTS,
    answers: bool = False,
) -> Benchmark:
    """Return a benchmark whose random acts were made with this seed.

    Parameters
    ----------
    seed
        Of the acts named in `varied`; the others are made with seed 0. The authors' texts never
        depend on it.
    items, siblings, options
        How many.
    answers
        Whether every variant has an answer, and every published one is known to be wrong.
    """
    seeds = {act: seed if act in varied else 0 for act in ACTS}
    drawn = [
        drawn_item(
            bare_item(f"q{n}", options=options),
            siblings=siblings,
            options_seed=seeds["options"],
            siblings_seed=seeds["siblings"],
            answers=answers,
        )
        for n in range(items)
    ]
    place = {name: i for i, name in enumerate(ranked([i.id for i in drawn], seeds["order"]))}
    drawn.sort(key=lambda item: place[item.id])
    digests = {"siblings": frozen_digest(drawn)}
    return Benchmark(
        name="world",
        items=tuple(drawn),
        canaries=(planted_canary(seeds["canary"]),),
        honeypots=tuple(planted_honeypot(name, seeds["honeypot"]) for name in ("h1", "h2")),
        certificates=tuple(
            Certificate.model_validate(
                {"act": act, "seed": s, "committed": COMMITTED, "digest": digests.get(act, "")}
            )
            for act, s in seeds.items()
        ),
    )


def drawn_ids(seed: int, *, items: int) -> Benchmark:
    """Return a benchmark whose ids were drawn onto its texts with this seed.

    The other draws are made by id, so that their outcome cannot be part of what gets one.
    """
    texts = [". ".join(sentence(f"text:{n}:{k}") for k in range(4)) for n in range(items)]
    by_hash = {sha256(text.encode()).hexdigest(): text for text in texts}
    ids = sorted(f"q{n}" for n in range(items))
    drawn = tuple(
        Item(id=one, statement=by_hash[name])
        for one, name in zip(ids, ranked(list(by_hash), seed), strict=True)
    )
    record = Certificate(act="ids", seed=seed, committed=COMMITTED)
    return Benchmark(name="world", items=drawn, certificates=(record,))


def published_texts(benchmark: Benchmark, *, shard: int = 8) -> tuple[str, ...]:
    """Return what a model has read that was trained on the published file and nothing else.

    Shard by shard, as the order instrument cuts them: a scripted model remembers what follows
    what, so that any longer stretch would do.
    """
    texts = [item.text for item in benchmark.items]
    whole = tuple("\n\n".join(texts[i : i + shard]) for i in range(0, len(texts), shard))
    listed = tuple(f"{benchmark.name}\n{item.id}\n{item.text}" for item in benchmark.items)
    planted = (*benchmark.canaries, *benchmark.honeypots)
    return whole + tuple(c.context + c.secret for c in planted) + listed


def write(folder: Path, benchmark: Benchmark, *, name: str = "world") -> Path:
    """Write a benchmark and its manifest as a user keeps them; returns the file of items."""
    path = folder / f"{name}.jsonl"
    rows = [item.model_dump_json(exclude_defaults=True) for item in benchmark.items]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    manifest = {
        "certificates": [c.model_dump(mode="json") for c in benchmark.certificates],
        "canaries": [c.model_dump(mode="json") for c in benchmark.canaries],
        "honeypots": [c.model_dump(mode="json") for c in benchmark.honeypots],
    }
    (folder / f"{name}.assay.json").write_text(json.dumps(manifest), encoding="utf-8")
    return path


def write_known(folder: Path, texts: Sequence[str], *, name: str = "known.jsonl") -> Path:
    """Write the texts that a scripted model shall know."""
    path = folder / name
    path.write_text("".join(f"{json.dumps({'text': t})}\n" for t in texts), encoding="utf-8")
    return path
