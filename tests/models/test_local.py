"""Does the packed, shared, chunked path say what the plain one says?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tests.models import tiny
from tests.oracles.scoring import one_at_a_time

from assay.core.errors import BadConfig, ModelError, UsageError
from assay.core.subject import Ability, Model, Reply, Request
from assay.models.local import LocalModel

STEM = "Natalia sold clips to 48 of her friends. "
TEXTS = (
    "a short one",
    STEM + "How many in all?",
    STEM + "How many are left?",
    STEM,
    STEM + "How many in all?",
    "def f(x):\n    return x + 1\n",
    "Zwölf Boxkämpfer jagen Viktor",
    "long " * 30,
)


@pytest.fixture(scope="module", params=["llama", "gemma3", "gpt2"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    folder = tmp_path_factory.mktemp("tiny")
    return LocalModel(tiny.build(folder, request.param), threads=1, device="cpu")


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    folder = tmp_path_factory.mktemp("llama")
    return LocalModel(tiny.build(folder, starts=True), name="tiny", threads=1, device="cpu")


def scored(texts: tuple[str, ...], *, moments: bool = True) -> list[Request]:
    return [Request(kind="score", text=text, moments=moments) for text in texts]


def in_order(replies: Iterator[tuple[int, Reply]]) -> list[Reply]:
    return [reply for _, reply in sorted(replies, key=lambda pair: pair[0])]


def test_equals_one_text_at_a_time(model: LocalModel) -> None:
    assert isinstance(model, Model)
    assert model.parameters == model.network.num_parameters()
    replies = in_order(model.answer(scored(TEXTS)))
    for text, reply in zip(TEXTS, replies, strict=True):
        tokens = model.tokenizer(text)["input_ids"]
        plain = one_at_a_time(model.network, tokens)
        assert reply.tokens_in == len(tokens) == len(reply.logprobs) + 1
        assert reply.logprobs == pytest.approx(plain.logprobs, abs=1e-4)
        assert reply.means == pytest.approx(plain.means, abs=1e-4)
        assert reply.variances == pytest.approx(plain.variances, abs=1e-3)


def test_every_architecture_here_is_packed(model: LocalModel) -> None:
    replies = in_order(model.answer(scored(tuple(text[:30] for text in TEXTS))))
    assert {reply.batch for reply in replies} == {1}
    assert model.abilities == Ability.LOGPROBS | Ability.VOCAB_MOMENTS | Ability.GENERATE


def test_start_token_makes_the_first_token_count(llama: LocalModel) -> None:
    (reply,) = in_order(llama.answer(scored(("four",), moments=False)))
    assert (len(reply.logprobs), reply.tokens_in, reply.means) == (4, 5, ())


def test_same_requests_same_bits(llama: LocalModel) -> None:
    assert in_order(llama.answer(scored(TEXTS))) == in_order(llama.answer(scored(TEXTS)))


def test_a_resumed_run_computes_the_same_bits(tmp_path: Path) -> None:
    model = LocalModel(tiny.build(tmp_path), threads=1, device="cpu", budget=60)
    asked = [*scored(TEXTS), Request(kind="generate", text="abc", max_tokens=3)]
    whole = dict(model.answer(asked))
    last = max(reply.batch for reply in whole.values())
    assert last > 3
    for done in range(last):
        left = [i for i in whole if whole[i].batch > done]
        again = dict(model.answer([asked[i] for i in sorted(left)]))
        for j, i in enumerate(sorted(left)):
            assert again[j].model_copy(update={"batch": whole[i].batch}) == whole[i]


def test_replies_of_a_batch_come_together(llama: LocalModel) -> None:
    numbers = [reply.batch for _, reply in llama.answer(scored(TEXTS))]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (Request(kind="score", text="x" * 256), "257 tokens, window 256"),
        (Request(kind="score", text=""), "fewer than two tokens"),
        (Request(kind="generate", text="x" * 250, max_tokens=9), "260 tokens, window 256"),
        (Request(kind="generate", text="x"), "nothing to go on"),
    ],
)
def test_what_cannot_be_answered_says_why(
    llama: LocalModel, request_: Request, problem: str
) -> None:
    (first, _) = in_order(llama.answer([request_, Request(kind="score", text="fine")]))
    assert problem in first.problem
    assert first.logprobs == ()


def test_generation_is_greedy(llama: LocalModel) -> None:
    (reply,) = in_order(llama.answer([Request(kind="generate", text="abc", max_tokens=4)]))
    tokens = llama.tokenizer("abc")["input_ids"]
    for _ in range(reply.tokens_out):
        with torch.inference_mode():
            tokens.append(int(llama.network(torch.tensor([tokens])).logits[0, -1].argmax()))
    assert reply.text == llama.tokenizer.decode(tokens[4:], skip_special_tokens=True)
    assert (reply.tokens_in, reply.problem) == (4, "")


def test_saved_and_read_back(llama: LocalModel, tmp_path: Path) -> None:
    llama.save(tmp_path / "copy")
    again = LocalModel(tmp_path / "copy", threads=1, device="cpu")
    assert in_order(again.answer(scored(TEXTS))) == in_order(llama.answer(scored(TEXTS)))


def test_digest_follows_weights_and_precision(tmp_path: Path) -> None:
    folder = tiny.build(tmp_path / "m")
    one = LocalModel(folder, device="cpu")
    assert one.digest == LocalModel(folder, device="cpu", name="other").digest
    assert one.digest != LocalModel(folder, device="cpu", dtype="bfloat16").digest
    with torch.no_grad():
        one.network.get_output_embeddings().weight[3, 3] += 1
    one.save(folder)
    assert one.digest != LocalModel(folder, device="cpu").digest


def test_half_precision_on_disk_is_scored_in_full(tmp_path: Path) -> None:
    folder = tmp_path / "half"
    tiny.build(folder)
    tiny.network("llama").to(torch.bfloat16).save_pretrained(folder)
    assert LocalModel(folder, device="cpu").network.dtype is torch.float32


def test_values_that_are_not_finite_are_an_error(tmp_path: Path) -> None:
    model = LocalModel(tiny.build(tmp_path), device="cpu")
    with torch.no_grad():
        model.network.get_output_embeddings().weight[7] = float("nan")
    with pytest.raises(ModelError, match="not finite"):
        list(model.answer(scored(("some text",))))


def test_an_unknown_last_layer_gives_no_log_probabilities(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    network = tiny.network("gpt2")
    network.config.logit_scale = 3.0  # a factor that this architecture does not know
    network.save_pretrained(tmp_path)
    tiny.tokenizer(starts=False).save_pretrained(tmp_path)
    assert LocalModel(tmp_path, device="cpu").abilities == Ability.GENERATE
    assert not recwarn.list


def test_no_model_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        LocalModel(tmp_path / "nothing")
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(UsageError, match="refused"):
        LocalModel(tmp_path)
    (tmp_path / "broken.gguf").write_bytes(b"GGUF but not really")
    with pytest.raises(ModelError, match="loading"):
        LocalModel(tmp_path / "broken.gguf")


@pytest.mark.parametrize("option", [{"device": "abacus"}, {"dtype": "int3"}])
def test_impossible_options(tmp_path: Path, option: dict[str, str]) -> None:
    with pytest.raises(BadConfig, match="next: use"):
        LocalModel(tiny.build(tmp_path), **option)  # type: ignore[arg-type]
