"""A made-up world with endless variety: clean training text, and benchmarks that chance fixed.

Everything is a function of seeds, so that what a model has read is known to the letter. Documents
and benchmarks are written by the same authors about different people: a clean model has learned
how such questions go, and has seen none of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from itertools import count as counted
from random import Random

from assay.core.draws import VARIANTS, frozen_digest, ranked
from assay.core.errors import BadConfig, UnknownName
from assay.core.item import Benchmark, Certificate, Item
from assay.lab import facts, snippets, sums
from assay.lab.question import Author, Question
from assay.lab.wording import COLOURS, THINGS, TRADES, name, number, town

__all__ = ["KINDS", "benchmark", "documents", "sealed"]

AUTHORS: dict[str, Author] = {"sums": sums.ask, "facts": facts.ask, "code": snippets.ask}
KINDS = tuple(AUTHORS)
COMMITTED = date(2020, 1, 1)
DIET = ("sums", "sums", "sums", "facts", "code", "code", "prose")
"""What a document is about; each of the seven as often as the others."""


def documents(seed: int | str) -> Iterator[str]:
    """Which clean texts may a model read? Ever new ones; no benchmark's items are among them.

    Parameters
    ----------
    seed
        Another seed gives other texts.

    Examples
    --------
    >>> from itertools import islice
    >>> texts = list(islice(documents(1), 100))
    >>> len(set(texts)), texts == list(islice(documents(1), 100))
    (100, True)
    """
    for place in counted():
        chance = Random(f"document:{seed}:{place}")  # noqa: S311 - repeatable, not secret
        kind = chance.choice(DIET)
        yield _prose(chance) if kind == "prose" else _asked(AUTHORS[kind], chance).text


def _asked(author: Author, chance: Random) -> Item:
    """Write a question as an item that is in no benchmark."""
    question = author(chance, chance)
    options = [question.answer, *question.wrong]
    chance.shuffle(options)
    return _item("document", question, tuple(options))


def _prose(chance: Random) -> str:
    """Write three sentences about somebody."""
    who = name(chance)
    return (
        f"{who} the {chance.choice(TRADES)} left {town(chance)} for {town(chance)}"
        f" with {number(chance, 2)} {chance.choice(COLOURS)} {chance.choice(THINGS)}."
        f" On the way {who} met {name(chance)} and {name(chance)} of {town(chance)}."
        f" They sold {number(chance, 2)} {chance.choice(THINGS)} and came home."
    )


def benchmark(kind: str, seed: int | str, count: int, *, siblings: int = VARIANTS) -> Benchmark:
    """Make a benchmark of which chance fixed the variants and the order of options.

    Parameters
    ----------
    kind
        One of `KINDS`.
    seed
        Of the texts and of the recorded draws; another seed gives another benchmark.
    count
        How many items.
    siblings
        How many variants of each item are frozen, of which one is drawn and published and the
        others stay sealed; 0 for none.

    Raises
    ------
    UnknownName
        No such kind.
    BadConfig
        No items, or too few variants for the draw to say anything.

    Examples
    --------
    >>> from assay.core.draws import verify
    >>> world = benchmark("sums", 1, 5)
    >>> verify(world, "siblings"), verify(world, "options"), len(world.items[0].siblings)
    ('', '', 19)
    """
    if kind not in AUTHORS:
        raise UnknownName("kind of benchmark", kind, KINDS, f"use one of {', '.join(KINDS)}")
    if count < 1:
        msg = f"a benchmark of {count} items\n  next: ask for one item at least"
        raise BadConfig(msg)
    if siblings != 0 and siblings < VARIANTS:
        msg = f"siblings={siblings}: a draw among so few says too little"
        raise BadConfig(f"{msg}\n  next: give 0, or {VARIANTS} or more")
    items = tuple(
        _published(_variants(kind, seed, place, max(siblings, 1)), seed) for place in range(count)
    )
    records = [Certificate(act="options", seed=seed, committed=COMMITTED)]
    if siblings:
        digest = frozen_digest(items)
        records.append(Certificate(act="siblings", seed=seed, committed=COMMITTED, digest=digest))
    return Benchmark(name=f"{kind}-{seed}", items=items, certificates=tuple(records))


def _variants(kind: str, seed: int | str, place: int, wanted: int) -> list[Item]:
    """Write so many different variants of one item: one form, ever other names and numbers."""
    found = dict[str, Item]()
    title = f"{kind}-{seed}-{place}"
    for draft in counted():
        form = Random(f"form:{title}")  # noqa: S311 - repeatable, not secret
        fill = Random(f"fill:{title}:{draft}")  # noqa: S311 - repeatable, not secret
        question = AUTHORS[kind](form, fill)
        options = ranked([question.answer, *question.wrong], f"{seed}:{title}")
        item = _item(title, question, tuple(options))
        found.setdefault(item.text, item)
        if len(found) == wanted:
            break
    return list(found.values())


def _item(title: str, question: Question, options: tuple[str, ...]) -> Item:
    return Item(
        id=title,
        statement=question.statement,
        answer=question.answer,
        options=options,
        stratum=str(question.level),
    )


def _published(variants: list[Item], seed: int | str) -> Item:
    """Draw one of the variants, by the rule that anybody can repeat; the others are sealed."""
    by_hash = {hashlib.sha256(v.text.encode()).hexdigest(): v for v in variants}
    first, *others = ranked(list(by_hash), f"{seed}:{variants[0].id}")
    sealed_texts = tuple(by_hash[one].text for one in others)
    answers = tuple(by_hash[one].answer or "" for one in others)
    update = {"siblings": sealed_texts, "sibling_answers": answers}
    return by_hash[first].model_copy(update=update)


OPTIONS = re.compile(r"\nA\. (.+)\nB\. (.+)\nC\. (.+)\nD\. (.+)\n")


def sealed(item: Item) -> tuple[Item, ...]:
    """Which items are an item's sealed variants? Statement, options and answer of each.

    Examples
    --------
    >>> one = benchmark("facts", 1, 1).items[0]
    >>> [variant.text for variant in sealed(one)] == list(one.siblings)
    True
    """
    return tuple(_parted(item, text) for text in item.siblings)


def _parted(item: Item, text: str) -> Item:
    found = OPTIONS.search(text)
    if found is None:
        msg = f"a sealed variant of {item.id!r} is no question with four options"
        raise BadConfig(f"{msg}\n  next: make the benchmark with assay.lab.world")
    return Item(
        id=item.id,
        statement=text[: found.start()],
        answer=text[found.end() :],
        options=found.groups(),
        stratum=item.stratum,
    )
