"""Every text comes back, and no text can spell the end."""

from __future__ import annotations

import pytest

from assay.core.errors import BadConfig
from assay.nn.tokens import END, Tokens

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "日本語, naïve\n\tcode(x)  # 1"]


@pytest.mark.parametrize("tokens", [Tokens.bytes(), Tokens.bpe(TEXTS, 300)])
@pytest.mark.parametrize("text", [*TEXTS, "", END, f"a{END}b", "\x00\U0001f600"])
def test_every_text_comes_back(tokens: Tokens, text: str) -> None:
    ids = tokens.encode(text)
    assert tokens.decode(ids) == text
    assert tokens.end not in ids
    assert all(0 < i < tokens.vocab for i in ids)


def test_what_stands_together_becomes_one_token() -> None:
    tokens = Tokens.bpe(TEXTS, 290)
    assert tokens.vocab <= 290
    assert len(tokens.encode("the mat sat")) < len("the mat sat") - 4


def test_a_vocabulary_too_small_for_bytes_is_refused() -> None:
    with pytest.raises(BadConfig, match="257 or more"):
        Tokens.bpe(TEXTS, 256)
