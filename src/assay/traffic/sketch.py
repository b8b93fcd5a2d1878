"""What a gateway keeps of a prompt: keyed hashes, from which no text can be read.

It runs where the prompts are. What leaves is equal where prompts begin alike, or share words, and
says nothing to one without the key: *blocks* (a hash of everything up to the end of each 512
characters, as a server's cache keeps it), *template* (the first block), *tools* (the set that was
offered) and a MinHash of runs of five words. A key of an epoch is drawn from the key: hashes of
two epochs are never equal, so what is older than an epoch can not be joined to what is new.

References
----------
Broder 1997, "On the resemblance and containment of documents" (MinHash). Steele, Lea and Flood
2014, "Fast splittable pseudorandom number generators" (the mixing function).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import BadFormat
from assay.formats.lines import MAX_LINE, decoded
from assay.formats.strictjson import parse
from assay.traffic.schema import column

__all__ = ["BLOCK", "HASHES", "EpochKey", "Prompt", "read_prompts", "resemblance", "sketch_of"]

BLOCK = 512
"""Characters of a block."""
HASHES = 64
"""Of the MinHash: an estimate j of the resemblance has the standard error sqrt(j (1 - j) / 64)."""
WORDS = 5
AT_ONCE = 4096
"""Runs of words that are mixed at once: 2 MiB."""
WORD = re.compile(r"\w+")
BETWEEN, END = "\x1f", "\x1e"
Numbers = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request's text, on its way to being forgotten."""

    id: str
    text: str
    tools: tuple[str, ...]


class EpochKey:
    """The keys of one epoch, one for each purpose.

    Parameters
    ----------
    key
        The secret.
    epoch
        Any public name, as 2026-W20; nothing: the key's only epoch.

    Attributes
    ----------
    id
        The epoch's name and eight digits of the key: hashes under different ids are never equal.

    Examples
    --------
    >>> EpochKey(b"k" * 32, "2026-W20").id
    '2026-W20:71628668'
    """

    def __init__(self, key: bytes, epoch: str = "") -> None:
        self._key = _hmac(key, f"epoch{BETWEEN}{epoch}".encode())
        self.id = f"{epoch}:{self.key_for('id').hex()[:8]}"

    def key_for(self, purpose: str) -> bytes:
        """Which key serves this purpose?"""
        return _hmac(self._key, purpose.encode())


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def sketch_of(prompt: Prompt, key: EpochKey) -> dict[str, object]:
    """What may be kept of a prompt, by the names of the schema outside?

    64-bit numbers are written as text: many readers of JSON would round them.

    Examples
    --------
    >>> key = EpochKey(b"k" * 32)
    >>> one, two = (sketch_of(Prompt(i, "x" * 600 + i, ()), key) for i in "ab")
    >>> blocks = column("blocks").otel
    >>> [x == y for x, y in zip(one[blocks], two[blocks])]
    [True, False]
    """
    tools = BETWEEN.join(sorted(set(prompt.tools))).encode()
    template = _hmac(key.key_for("template"), prompt.text[:BLOCK].encode())
    return {
        column("request").otel: prompt.id,
        "assay.prompt.epoch": key.id,
        column("template").otel: template.hex()[:32] if prompt.text else None,
        column("tools").otel: _hmac(key.key_for("tools"), tools).hex()[:32] if tools else None,
        column("blocks").otel: [str(one) for one in _blocks(prompt.text, key.key_for("blocks"))],
        column("sketch").otel: [str(one) for one in _minhash(prompt.text, key.key_for("words"))],
    }


def _blocks(text: str, key: bytes) -> Iterator[int]:
    """Hash each block with the hash before it: equal where all text up to its end is."""
    before = b""
    for start in range(0, len(text), BLOCK):
        before = _hmac(key, before + text[start : start + BLOCK].encode())
        yield int.from_bytes(before[:8])


def _minhash(text: str, key: bytes) -> list[int]:
    """Take the least of each of 64 hashes over all runs of five words; of no words, nothing."""
    words = WORD.findall(text.casefold())
    runs = {" ".join(words[at : at + WORDS]) for at in range(max(1, len(words) - WORDS + 1))}
    if not words:
        return []
    hashes = np.fromiter((_short(key, run) for run in runs), np.uint64, len(runs))
    salts = np.array([_short(key, f"{BETWEEN}{i}") for i in range(HASHES)], np.uint64)
    least = np.full(HASHES, np.iinfo(np.uint64).max, np.uint64)
    for start in range(0, len(hashes), AT_ONCE):
        mixed = _mixed(hashes[start : start + AT_ONCE, None] ^ salts)
        least = np.minimum(least, mixed.min(axis=0))
    return [int(one) for one in least]


def _short(key: bytes, run: str) -> int:
    return int.from_bytes(hashlib.blake2b(run.encode(), key=key, digest_size=8).digest())


def _mixed(x: Numbers) -> Numbers:
    """Mix 64 bits so that each salt orders the runs anew; arrays overflow as is meant."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def resemblance(one: Iterable[int], other: Iterable[int]) -> float:
    """Which share of their runs of words do two prompts have in common, as estimated?"""
    pairs = list(zip(one, other, strict=True))
    return sum(x == y for x, y in pairs) / len(pairs) if pairs else float("nan")


def read_prompts(lines: Iterable[bytes], name: str) -> Iterator[Prompt]:
    r"""Which prompts stand in these lines of JSON? Blank lines are skipped.

    Parameters
    ----------
    lines
        Each an object: "id", then "messages" as a chat API takes them, or "text"; "tools" or none.
    name
        What messages call the input. No message shows a value of it.

    Raises
    ------
    BadFormat
        A line that is none of this.

    Examples
    --------
    >>> [one.text for one in read_prompts([b'{"id": "a", "text": "Hello"}\n'], "-")]
    ['Hello']
    """
    for number, raw in enumerate(lines, 1):
        if len(raw) > MAX_LINE:
            raise BadFormat(name, number, f"a line over {MAX_LINE:,} bytes", "send it in parts")
        if raw.strip():
            value = parse(decoded(name, number, raw), path=name, line=number)
            yield _prompt(value, name, number)


def _prompt(value: object, name: str, number: int) -> Prompt:
    fix = 'write {"id": "...", "messages": [{"role": "user", "content": "..."}]}, or "text"'
    if not isinstance(value, dict) or not isinstance(value.get("id"), str | int):
        raise BadFormat(name, number, "no object with an id", fix)
    text, messages, tools = value.get("text"), value.get("messages"), value.get("tools") or []
    if isinstance(messages, list) and text is None:
        text = "".join(_said(one) for one in messages)
    if not isinstance(text, str) or not isinstance(tools, list):
        raise BadFormat(name, number, "neither a text nor a list of messages", fix)
    return Prompt(str(value["id"]), text, tuple(_canonical(tool) for tool in tools))


def _said(message: object) -> str:
    """Write a message in one way only: its role, its text, and whatever else it has."""
    if not isinstance(message, dict):
        return f"{_canonical(message)}{END}"
    rest = {name: part for name, part in message.items() if name not in {"role", "content"}}
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    said = "".join(_text_of(part) for part in parts)
    return f"{message.get('role')}{BETWEEN}{said}{BETWEEN}{_canonical(rest) if rest else ''}{END}"


def _text_of(part: object) -> str:
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return str(part["text"])
    return part if isinstance(part, str) else _canonical(part)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
