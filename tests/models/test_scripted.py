"""Does the scripted model react as a model would that knows what it was told?"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest

from assay.core.errors import ModelError
from assay.core.subject import Model, Reply, Request
from assay.models.scripted import EXPONENTS, VOCABULARY, Place, ScriptedModel, pieces, zipf

POEM = "Two roads diverged in a yellow wood, and sorry I could not travel both and be one."
OTHER = "Many hands make light work, but too many cooks are said to spoil a perfectly good broth."


def score(model: ScriptedModel, text: str, *, moments: bool = False) -> Reply:
    (reply,) = (r for _, r in model.answer([Request(kind="score", text=text, moments=moments)]))
    return reply


def mean(model: ScriptedModel, text: str) -> float:
    logprobs = score(model, text).logprobs
    return sum(logprobs) / len(logprobs)


@pytest.mark.parametrize("text", [POEM, "", "ä\n\t  {x}=_1", "a" * 9])
def test_pieces_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


def test_known_texts_are_likelier_and_others_unchanged() -> None:
    clean, knows = ScriptedModel(), ScriptedModel(knows=(POEM,), strength=0.9)
    assert isinstance(clean, Model)
    assert mean(knows, POEM) > mean(clean, POEM) + 1
    assert score(knows, OTHER).logprobs == score(clean, OTHER).logprobs
    assert clean.digest != knows.digest != ScriptedModel(knows=(POEM,), strength=0.8).digest


def test_the_known_order_is_the_likeliest() -> None:
    lines = ("the red house", "ten small birds", "over the hills", "never again")
    model = ScriptedModel(knows=("\n".join(lines),), strength=0.9)
    orders = list(itertools.permutations(lines))
    assert max(orders, key=lambda order: mean(model, "\n".join(order))) == lines


def test_answers_are_reproducible_and_depend_on_the_seed() -> None:
    assert score(ScriptedModel(), POEM) == score(ScriptedModel(), POEM)
    assert score(ScriptedModel(seed=1), POEM) != score(ScriptedModel(), POEM)


@pytest.mark.parametrize("shares", [{}, {" wood": 0.7}, {" wood": 0.3, " work": 0.3}])
def test_moments_are_those_of_the_distribution(shares: dict[str, float]) -> None:
    place = Place(EXPONENTS[3], "key", shares)
    rest = 1 - sum(shares.values())
    p = [rest * math.exp(zipf(place.exponent, rank)) for rank in range(1, VOCABULARY + 1)]
    for token, share in shares.items():
        p[place.rank(token) - 1] += share
    assert math.fsum(p) == pytest.approx(1)
    expected = math.fsum(x * math.log(x) for x in p)
    spread = math.fsum(x * (math.log(x) - expected) ** 2 for x in p)
    assert place.moments() == pytest.approx((expected, spread))


def test_moments_only_when_asked() -> None:
    assert score(ScriptedModel(), POEM).means == ()
    reply = score(ScriptedModel(), POEM, moments=True)
    assert len(reply.means) == len(reply.variances) == len(reply.logprobs) == reply.tokens_in - 1


def test_it_goes_on_with_what_it_knows() -> None:
    ask = [Request(kind="generate", text=POEM[:40], max_tokens=6)]
    ((_, known),) = ScriptedModel(knows=(OTHER, POEM), strength=0.9).answer(ask)
    assert POEM[40:].startswith(known.text)
    assert known.tokens_out == 6
    ((_, vague),) = ScriptedModel(knows=(POEM,), strength=0.3).answer(ask)
    assert not POEM[40:].startswith(vague.text)


def test_the_window_and_the_empty_text() -> None:
    assert "window 5" in score(ScriptedModel(context=5), POEM).problem
    assert "nothing" in score(ScriptedModel(), "").problem


def test_batches_failures_and_the_log(tmp_path: Path) -> None:
    log = tmp_path / "calls"
    model = ScriptedModel(together=2, fail_after=3, log=log)
    asked = [Request(kind="score", text=f"{POEM} {i}") for i in range(6)]
    got: list[tuple[int, Reply]] = []
    with pytest.raises(ModelError, match="as it was told to"):
        got.extend(model.answer(asked))
    assert log.read_text().splitlines() == [request.digest for request in asked[:3]]
    replies = list(ScriptedModel(together=2).answer(asked))
    assert [(i, reply.batch) for i, reply in replies] == [(i, i // 2 + 1) for i in range(6)]


@pytest.mark.parametrize(
    ("strength", "known", "said"),
    [
        (0.9, ("before\n\nBo paints 7 boats.\n\nafter",), " B"),
        (0.9, ("Ada counts 3 lamps.", "Bo paints 7 boats."), ""),  # of two it cannot choose
        (0.9, ("another text",), ""),
        (0.5, ("Bo paints 7 boats.",), ""),
    ],
)
def test_it_names_the_lettered_text_that_it_knows(
    strength: float, known: tuple[str, ...], said: str
) -> None:
    prompt = "Which?\n\nText A:\nAda counts 3 lamps.\n\nText B:\nBo paints 7 boats.\n\nAnswer."
    model = ScriptedModel(knows=known, strength=strength)
    ((_, reply),) = model.answer([Request(kind="generate", text=prompt, max_tokens=4)])
    assert (reply.text == said) == bool(said)
