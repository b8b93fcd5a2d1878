"""Text and numbers: bytes, or pieces of bytes that often stand together (BPE)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from assay.core.errors import BadConfig

__all__ = ["END", "Tokens"]

END = "<|end|>"
"""How the token between two texts is written; its id is 0."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Which numbers stand for this text?

    Examples
    --------
    >>> tokens = Tokens.bytes()
    >>> tokens.vocab, tokens.decode(tokens.encode("für"))
    (257, 'für')
    """

    backend: Tokenizer

    @classmethod
    def bytes(cls) -> Tokens:
        """Let every byte be a token, and nothing else: 257 with the end."""
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        vocab = {sign: i for i, sign in enumerate((END, *alphabet))}
        return _finished(Tokenizer(models.BPE(vocab=vocab, merges=[])))

    @classmethod
    def bpe(cls, texts: Iterable[str], vocab: int) -> Tokens:
        """Join what often stands together in these texts until there are `vocab` tokens.

        Raises
        ------
        BadConfig
            When `vocab` is under 257: every byte and the end need one.
        """
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        if vocab <= len(alphabet):
            msg = f"a vocabulary of {vocab} does not hold every byte and the end"
            raise BadConfig(f"{msg}\n  next: vocab={len(alphabet) + 1} or more")
        backend = Tokenizer(models.BPE())
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(
            vocab_size=vocab,
            special_tokens=[END],
            initial_alphabet=sorted(alphabet),
            show_progress=False,
        )
        backend.train_from_iterator(texts, trainer)
        return _finished(backend)

    @property
    def vocab(self) -> int:
        """How many tokens are there?"""
        return self.backend.get_vocab_size()

    @property
    def end(self) -> int:
        """Which token ends a text?"""
        return 0

    def encode(self, text: str) -> list[int]:
        """Which numbers? Never the end: a text that spells it out gets its letters."""
        return self.backend.encode(text).ids

    def decode(self, ids: Sequence[int]) -> str:
        """Which text? The end is not written."""
        return self.backend.decode(list(ids))

    def save(self, folder: Path) -> None:
        """Write tokenizer.json."""
        self.backend.save(str(folder / "tokenizer.json"))


def _finished(backend: Tokenizer) -> Tokens:
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([END])
    backend.encode_special_tokens = True
    return Tokens(backend)
