"""What is published of a benchmark and what is sealed: two folders, written whole."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from assay.core.draws import drawn_secret
from assay.core.errors import BadConfig, StoreError, boundary
from assay.core.item import Canary, Certificate

__all__ = ["fresh_folder", "new_canaries", "rows_text", "write_all"]

HEX = "0123456789abcdef"
CANARY = "Benchmark data: it must not be in training corpora. Canary "


def fresh_folder(folder: Path, *, holds: str) -> Path:
    """Return the folder; refuse one in which something was drawn already.

    Raises
    ------
    BadConfig
        A file of this name lies there.
    """
    if (folder / holds).exists():
        msg = (
            f"{folder}: {holds} lies there: its draw was made, and nothing is drawn again\n"
            "  next: name another folder, and release it as another version"
        )
        raise BadConfig(msg)
    return folder


def rows_text(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows as JSON Lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_all(folder: Path, public: Mapping[str, str], private: Mapping[str, str]) -> None:
    """Write files so that they are all there or none; the private ones only for their owner.

    Parameters
    ----------
    folder
        Made where it is missing; `private/` in it is open to its owner alone.
    public, private
        Name to text. No file is written over.

    Raises
    ------
    StoreError
        The disk failed, or one of the files is there already.
    """
    with boundary(StoreError, f"writing {folder}"):
        sealed = folder / "private"
        sealed.mkdir(parents=True, exist_ok=True, mode=0o700)
        sealed.chmod(0o700)
        rough = sealed / f".{secrets.token_hex(4)}.part"
        rough.mkdir(mode=0o700)
        try:
            places = [(sealed / name, text, 0o600) for name, text in private.items()]
            places += [(folder / name, text, 0o644) for name, text in public.items()]
            for number, (_, text, mode) in enumerate(places):
                _write(rough / str(number), text, mode)
            for number, (place, _, _) in enumerate(places):
                os.link(rough / str(number), place)  # unlike a rename, it never replaces
        finally:
            shutil.rmtree(rough, ignore_errors=True)


def _write(path: Path, text: str, mode: int) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(number, "w", encoding="utf-8", errors="strict", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        os.fchmod(file.fileno(), mode)


def new_canaries(committed: Certificate) -> tuple[Canary, Canary, Certificate]:
    """Draw a canary for what is published, and one for what is sealed.

    The second one's id is secret, too: its string cannot be computed from what is published.

    Returns
    -------
    tuple
        The public one, the sealed one, and the certificate of their draw.
    """
    seed = secrets.token_hex(16)
    record = Certificate(act="canary", seed=seed, committed=committed.committed)
    names = ("published", f"sealed-{secrets.token_hex(8)}")
    blanks = [Canary(id=n, context=CANARY, secret="0" * 32, alphabet=HEX) for n in names]
    drawn = [one.model_copy(update={"secret": drawn_secret(one, seed)}) for one in blanks]
    return drawn[0], drawn[1], record
