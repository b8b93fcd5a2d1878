"""Random acts that anybody can repeat: draws by SHA-256, and checks of what was recorded.

One rule serves all: names are ranked by the SHA-256 of "seed:name", which is a uniform draw for
whoever did not choose the seed after seeing its outcome. That the seed was committed before the
benchmark was published is what a certificate attests; that the published thing is what the seed
gives is what `verify` checks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from assay.core.item import Benchmark, Canary, Item, digest_of

__all__ = ["VARIANTS", "drawn_secret", "drawn_text", "frozen_digest", "ranked", "verify"]

VARIANTS = 20
"""So many variants at least are frozen before one is drawn: a rank among fewer says too little."""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def ranked(names: Sequence[str], seed: int | str) -> list[str]:
    """Return the names in a random order that depends on the seed alone, not on their order.

    Examples
    --------
    >>> ranked(["a", "b", "c"], 1) == ranked(["c", "a", "b"], 1)
    True
    """
    return sorted(names, key=lambda name: _hash(f"{seed}:{name}"))


def drawn_secret(canary: Canary, seed: int | str) -> str:
    """Return the secret that this seed draws from the canary's space."""
    if canary.alternatives:
        return ranked([canary.secret, *canary.alternatives], f"{seed}:{canary.id}")[0]
    symbols = sorted(set(canary.alphabet))
    draws = (int(_hash(f"{seed}:{canary.id}:{i}"), 16) for i in range(len(canary.secret)))
    return "".join(symbols[d % len(symbols)] for d in draws)


def drawn_text(texts: Sequence[str], item_id: str, seed: int | str) -> str:
    """Return the variant of an item that this seed draws.

    Examples
    --------
    >>> texts = ["1 + 2 =", "2 + 1 ="]
    >>> drawn_text(texts, "sum", 7) == drawn_text(texts[::-1], "sum", 7)
    True
    """
    by_hash = {_hash(text): text for text in texts}
    return by_hash[ranked(list(by_hash), f"{seed}:{item_id}")[0]]


def frozen_digest(items: Sequence[Item]) -> str:
    """Return the digest of all variants of all items, published and sealed, in no order."""
    return digest_of({i.id: sorted(_hash(t) for t in (i.text, *i.siblings)) for i in items})


def verify(benchmark: Benchmark, act: str) -> str:
    """Is the published thing what the recorded random act gives?

    Parameters
    ----------
    benchmark
        As published, with its certificates.
    act
        "order", "options", "siblings", "canary", "ids" or "honeypot".

    Returns
    -------
    str
        Why it is not; empty when it is.
    """
    record = benchmark.certificate(act)
    if record is None:
        return f"no certificate of a recorded random act for {act}"
    checks = {"order": _order, "options": _options, "siblings": _siblings, "canary": _canary}
    checks |= {"ids": _ids, "honeypot": _honeypot}
    wrong = checks[act](benchmark, record.seed)
    if not wrong and act == "siblings" and record.digest != frozen_digest(benchmark.items):
        wrong = "the variants are not those that were frozen before the draw"
    return f"the certificate for {act} does not hold: {wrong}" if wrong else ""


def _order(benchmark: Benchmark, seed: int | str) -> str:
    ids = [item.id for item in benchmark.items]
    return "" if ids == ranked(ids, seed) else "the items do not stand in the drawn order"


def _options(benchmark: Benchmark, seed: int | str) -> str:
    for item in benchmark.items:
        if list(item.options) != ranked(item.options, f"{seed}:{item.id}"):
            return f"the options of {item.id!r} do not stand in the drawn order"
    return ""


def _siblings(benchmark: Benchmark, seed: int | str) -> str:
    for item in benchmark.items:
        hashes = [_hash(text) for text in (item.text, *item.siblings)]
        if len(set(hashes)) < len(hashes):  # a copy is no second chance: 1 in N would be too small
            return f"{item.id!r} has the same variant twice"
        if 1 < len(hashes) < VARIANTS:
            return f"{item.id!r} has {len(hashes)} variants, fewer than {VARIANTS}"
        if ranked(hashes, f"{seed}:{item.id}")[0] != hashes[0]:
            return f"the published variant of {item.id!r} is not the one drawn"
    return ""


def _ids(benchmark: Benchmark, seed: int | str) -> str:
    """Sorted by id, the texts stand as they are ranked: by lot, the first text got the first id."""
    hashes = [_hash(item.text) for item in sorted(benchmark.items, key=lambda item: item.id)]
    return "" if hashes == ranked(hashes, seed) else "the texts do not stand under the drawn ids"


def _canary(benchmark: Benchmark, seed: int | str) -> str:
    return _planted("canary", benchmark.canaries, seed)


def _honeypot(benchmark: Benchmark, seed: int | str) -> str:
    return _planted("honeypot", benchmark.honeypots, seed)


def _planted(kind: str, planted: Sequence[Canary], seed: int | str) -> str:
    for one in planted:
        if one.space < 2:
            return f"{kind} {one.id!r} says neither alternatives nor alphabet"
        if len({one.secret, *one.alternatives}) <= len(one.alternatives):
            return f"{kind} {one.id!r} names one string twice"
        if drawn_secret(one, seed) != one.secret:
            return f"the secret of {kind} {one.id!r} is not the one drawn"
    return ""
