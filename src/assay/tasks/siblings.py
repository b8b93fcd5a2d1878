"""Sealed siblings: variants frozen and hashed, then one drawn and published, the rest sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assay.core.draws import drawn_text, frozen_digest
from assay.core.errors import BadConfig, IntegrityError
from assay.core.item import Canary, Certificate, Item, digest_of
from assay.core.task import LeftOut
from assay.formats.lines import read_whole
from assay.formats.manifest import Manifest
from assay.formats.strictjson import parse
from assay.tasks.released import fresh_folder, new_canaries, rows_text, write_all
from assay.tasks.sets import Frozen
from assay.tasks.varying.parts import Source, Variant
from assay.tasks.verify.proving import Proofs

__all__ = ["Released", "draw_siblings", "freeze", "load_frozen"]

STATE = "frozen.json"
SAME = ("repo", "base_commit", "created_at", "version", "assay")
"""Columns of a repository task that its variants share."""
PUBLIC = "the source was public before: it is none of the variants"
OWN = "the source was never public: it is one of the variants"


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What a draw gave."""

    file: Path
    """What is published."""
    sealed: Path
    """What `examine` reads: the published items with their sealed siblings."""
    items: int
    digest: str


def digest_of_sets(sets: Sequence[Frozen]) -> str:
    """Return the digest of all variants, which says nothing of any draw."""
    return frozen_digest([_item(one, one.variants[0].text_of(one.source.item)) for one in sets])


def freeze(
    folder: Path,
    stem: str,
    sets: Sequence[Frozen],
    left: Sequence[LeftOut],
    note: str = PUBLIC,
    proofs: Proofs | None = None,
) -> str:
    """Write all variants down, sealed, before anything is drawn; return their digest.

    Of repository tasks `proofs` says what was run; it is sealed, too.

    Raises
    ------
    BadConfig
        No item has a set, or the folder holds one.
    """
    fresh_folder(folder, holds=f"private/{STATE}")
    if not sets:
        reasons = "; ".join(sorted({one.reason for one in left})[:3])
        msg = f"no item could be varied: {reasons}\n  next: see docs/bench-siblings.md"
        raise BadConfig(msg)
    digest = digest_of_sets(sets)
    rows = [_sealed_row(one.source, v, n) for one in sets for n, v in enumerate(one.variants)]
    kept = [_kept(one) for one in sets]
    state = {
        "stem": stem,
        "digest": digest,
        "content": digest_of(kept),  # tests and entry points, too, which the texts do not hold
        "note": note,
        "sets": kept,
    }
    write_all(
        folder,
        {
            f"{stem}.digest": f"{digest}\n",
            f"{stem}.left_out.jsonl": rows_text([one.model_dump() for one in left]),
        },
        {
            STATE: json.dumps(state, ensure_ascii=False),
            f"{stem}.variants.jsonl": rows_text(rows),
            **({f"{stem}.proofs.jsonl": rows_text(_told_proofs(proofs))} if proofs else {}),
        },
    )
    return digest


def _told_proofs(proofs: Proofs) -> list[dict[str, object]]:
    """Say of each task how many of its variants were run, which failed, and how long it took."""
    return [
        {
            "id": name,
            "run": count,
            "failed": [one.model_dump() for one in proofs.failed.get(name, [])],
            "seconds": round(proofs.seconds[name], 1),
            "level": proofs.sandbox.level,
        }
        for name, count in proofs.ran.items()
    ]


def _kept(one: Frozen) -> dict[str, object]:
    return {
        "item": one.source.item.model_dump(mode="json"),
        "row": {k: v for k, v in one.source.row.items() if isinstance(v, str)},
        "variants": [
            {"statement": v.statement, "answer": v.answer, "columns": dict(v.columns)}
            for v in one.variants
        ],
    }


def load_frozen(folder: Path) -> tuple[list[Frozen], str, str, str]:
    """Read frozen sets again: the sets, their stem, their digest and the note.

    Raises
    ------
    IntegrityError
        They are not those that were frozen.
    """
    path = folder / "private" / STATE
    state = parse(read_whole(path), path=str(path), line=None)
    if not isinstance(state, dict) or digest_of(state.get("sets")) != state.get("content"):
        msg = f"{path} was changed after it was frozen"
        raise IntegrityError(msg)
    sets = [
        Frozen(
            source=Source(item=Item.model_validate(one["item"]), row=one["row"]),
            variants=tuple(Variant(**variant) for variant in one["variants"]),
        )
        for one in state["sets"]
    ]
    if digest_of_sets(sets) != state["digest"]:
        msg = f"{path} was changed after it was frozen"
        raise IntegrityError(msg)
    return sets, str(state["stem"]), str(state["digest"]), str(state["note"])


def draw_siblings(folder: Path, seed: int | str, committed: date) -> Released:
    """Draw one variant of every frozen set, publish it and seal the others. Once.

    Parameters
    ----------
    folder
        Where `freeze` wrote.
    seed
        Committed before the sets were frozen, or the value of a public beacon after.
    committed
        When the seed, or the digest of the sets, was made public.

    Raises
    ------
    BadConfig
        It was drawn already.
    """
    sets, stem, digest, note = load_frozen(folder)
    fresh_folder(folder, holds=f"{stem}.jsonl")
    drawn = [_item(one, _drawn(one, seed)) for one in sets]
    record = Certificate(act="siblings", seed=seed, committed=committed, digest=digest, note=note)
    public, sealed, planted = new_canaries(record)
    rows = [
        _public_row(one.source, _chosen(one, item), public)
        for one, item in zip(sets, drawn, strict=True)
    ]
    certificates = (record, planted)
    whole = Manifest(certificates=certificates, canaries=(public, sealed))
    open_one = Manifest(certificates=certificates, canaries=(public,))
    text = rows_text(
        [
            {**i.model_dump(mode="json", exclude_defaults=True), "canary": _told(sealed)}
            for i in drawn
        ]
    )
    write_all(
        folder,
        {f"{stem}.jsonl": rows_text(rows), f"{stem}.assay.json": _json(open_one)},
        {f"{stem}.jsonl": text, f"{stem}.assay.json": _json(whole)},
    )
    return Released(
        file=folder / f"{stem}.jsonl",
        sealed=folder / "private" / f"{stem}.jsonl",
        items=len(drawn),
        digest=digest,
    )


def _drawn(one: Frozen, seed: int | str) -> str:
    item = one.source.item
    return drawn_text([v.text_of(item) for v in one.variants], item.id, seed)


def _item(one: Frozen, published: str) -> Item:
    """Return the item as it is published with this text, the other variants sealed."""
    item = one.source.item
    texts = {variant.text_of(item): variant for variant in one.variants}
    chosen = texts[published]
    others = [variant for text, variant in texts.items() if text != published]
    # Code would have to be run to be graded, and the answer of a patch is a diff.
    plain = not chosen.columns
    return Item(
        id=item.id,
        statement=chosen.statement,
        answer=chosen.answer,
        stratum=item.stratum,
        siblings=tuple(other.text_of(item) for other in others),
        sibling_answers=tuple(other.answer for other in others) if plain else (),
    )


def _chosen(one: Frozen, item: Item) -> Variant:
    return next(v for v in one.variants if v.text_of(one.source.item) == item.text)


def _row(source: Source, variant: Variant) -> dict[str, object]:
    """Return a variant under the names that its source has for its columns."""
    names = {"prompt": "canonical_solution", "problem_statement": "patch", "question": "answer"}
    statement = next((name for name in names if name in source.row), "statement")
    return {
        statement: variant.statement,
        names.get(statement, "answer"): variant.answer,
        **variant.columns,
    }


def _public_row(source: Source, variant: Variant, canary: Canary) -> dict[str, object]:
    ids = ("task_id", "instance_id", "id")
    name = next((one for one in ids if one in source.row), "id")
    row = {name: source.item.id, **_as_before(source), **_row(source, variant)}
    return {**row, "canary": _told(canary)}


def _sealed_row(source: Source, variant: Variant, number: int) -> dict[str, object]:
    """Return a variant as a row; that of a repository task is a whole task, which can be run."""
    row = {**_as_before(source), **_row(source, variant), "id": source.item.id, "variant": number}
    whole = "instance_id" in source.row
    return row | ({"instance_id": f"{source.item.id}-variant-{number}"} if whole else {})


def _as_before(source: Source) -> dict[str, object]:
    return {name: source.row[name] for name in SAME if name in source.row}


def _told(canary: Canary) -> str:
    return canary.context + canary.secret


def _json(manifest: Manifest) -> str:
    told: Mapping[str, object] = manifest.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(told, indent=1) + "\n"
