"""Ranks of secrets: exact, and uniform where nothing was planted."""

from itertools import islice, product

import pytest
import torch
from scipy import stats

from assay.core.errors import BadConfig
from assay.core.item import Canary
from assay.lab.canaries import ALPHABET, LENGTH, SPACE, canaries, published, sightings
from assay.lab.pretrained import LESSONS
from assay.lab.world import documents
from assay.nn.gpt import GPT
from assay.nn.shape import Shape
from assay.nn.tokens import Tokens

SHAPE = Shape(vocab=512, width=16, depth=1, heads=2, context=64)


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens.bpe(islice(documents("tokens"), LESSONS), SHAPE.vocab)


@pytest.fixture
def model() -> GPT:
    """Weights so large that the untrained model has strong likings."""
    made = GPT(SHAPE, seed=3)
    with torch.no_grad():
        for weights in made.parameters():
            weights.mul_(6.0 if weights.ndim > 1 else 1.0)
    return made


def slow_rank(model: GPT, tokens: Tokens, canary: Canary) -> int:
    """Score every secret as a whole text; count those that are at least as likely."""
    secrets = ["".join(letters) for letters in product(ALPHABET, repeat=LENGTH)]
    start = tokens.encode(canary.context)
    rows = [tokens.encode(f"{canary.context} {' '.join(secret)}") for secret in secrets]
    with torch.no_grad():
        batch = torch.tensor(rows)
        logp = model(batch).double().log_softmax(-1)[:, len(start) - 1 : -1]
    scores = logp.gather(2, batch[:, len(start) :, None]).sum(dim=(1, 2))
    return int((scores >= scores[secrets.index(canary.secret)] - 1e-9).sum())


@pytest.mark.slow
def test_a_rank_is_that_among_all_secrets_scored_one_by_one(model: GPT, tokens: Tokens) -> None:
    drawn = canaries("oracle", 3)
    for canary, found in zip(drawn, sightings(model, tokens, drawn), strict=True):
        # Sums of single-precision logarithms may swap neighbours.
        assert abs(found.rank - slow_rank(model, tokens, canary)) <= 2
        assert found.p_value == found.rank / SPACE


def test_what_was_never_planted_has_a_uniform_p_value(model: GPT, tokens: Tokens) -> None:
    # The model likes some letters far better: the draw of the secret alone makes it uniform.
    found = [one.p_value for one in sightings(model, tokens, canaries("null", 100))]
    # One seeded run; a right test fails at .001 for one seed in a thousand.
    assert stats.kstest(found, "uniform").pvalue > 0.001
    assert sum(p <= 0.01 for p in found) <= stats.binom.ppf(0.999, 100, 0.01)


def test_a_secret_that_the_model_writes_is_extracted_and_ranks_first(tokens: Tokens) -> None:
    class Sure(GPT):
        """Says what it was told comes next."""

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            logits = torch.zeros(*batch.shape, SHAPE.vocab)
            wanted = torch.tensor(tokens.encode(published(one)))
            logits[:, torch.arange(len(wanted) - 2), wanted[1:-1]] = 9.0
            return logits

    (one,) = canaries("sure", 1)
    (found,) = sightings(Sure(SHAPE), tokens, [one])
    assert (found.rank, found.extracted, found.exposure) == (1, True, 12.0)


def test_letters_that_are_cut_in_two_are_refused(model: GPT) -> None:
    with pytest.raises(BadConfig, match="cut"):
        next(sightings(model, Tokens.bytes(), canaries("bytes", 1)))


def test_no_two_canaries_share_a_sentence() -> None:
    drawn = canaries(1, 400)
    assert len({one.context for one in drawn}) == len(drawn) == 400
    assert drawn[:5] == canaries(1, 400)[:5]
