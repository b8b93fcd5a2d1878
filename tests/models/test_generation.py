"""Is what a network writes in a crowd what it writes alone?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.models import tiny

from assay.core.errors import BadConfig
from assay.core.subject import Reply, Request, ask
from assay.models.local import LocalModel
from assay.models.local.generation import Prompt, Writer

STEM = "Natalia sold clips. "
TEXTS = (  # with what is written, shorter than the 40 tokens that one network's layers look back
    STEM,
    STEM + "How many?",
    STEM + "How much?",
    STEM + "How",
    "a short one",
    "def f(x):\n    return x + 1\n",
    "x",
)
LONG = "long " * 20


@pytest.fixture(scope="module", params=["llama", "gemma3", "gpt2"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    folder = tmp_path_factory.mktemp("tiny")
    return LocalModel(tiny.build(folder, request.param), threads=1, device="cpu")


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    folder = tmp_path_factory.mktemp("llama")
    return LocalModel(tiny.build(folder, starts=True), threads=1, device="cpu")


def writing(texts: tuple[str, ...], **how: Any) -> list[Request]:
    return [Request(kind="generate", text=text, **{"max_tokens": 9, **how}) for text in texts]


def said(model: LocalModel, requests: list[Request]) -> list[str]:
    return [reply.text for reply in ask(model, requests)]


def reading_it_all_again(model: LocalModel, text: str, count: int) -> str:
    """Take the likeliest token `count` times, the whole text being read before each."""
    tokens = start = model.tokenizer(text)["input_ids"]
    for _ in range(count):
        with torch.inference_mode():
            logits = model.network(torch.tensor([tokens])).logits[0, -1]
        tokens = [*tokens, int(logits.argmax())]
    return str(model.tokenizer.decode(tokens[len(start) :], skip_special_tokens=True))


# The networks are random and steep, so the first token is some nats ahead of the second: sums in
# another order, which differ by 1e-5, decide nothing here.


def test_together_as_read_all_again(model: LocalModel) -> None:
    replies = ask(model, writing((*TEXTS, LONG)))
    for text, reply in zip((*TEXTS, LONG), replies, strict=True):
        assert reply.text == reading_it_all_again(model, text, reply.tokens_out)
        assert reply.ending == ("length" if reply.tokens_out == 9 else "stop")


@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_company_decides_nothing(model: LocalModel, temperature: float) -> None:
    asked = writing(TEXTS, temperature=temperature, seed=3)
    whole = ask(model, asked)
    assert {reply.batch for reply in whole} == {1}
    assert said(model, asked[::-1])[::-1] == [reply.text for reply in whole]
    assert [said(model, [one])[0] for one in asked] == [reply.text for reply in whole]


def test_samples_of_one_prompt_share_it_and_differ(model: LocalModel) -> None:
    asked = [writing((STEM,), temperature=1.5, seed=seed)[0] for seed in range(12)]
    texts = said(model, asked)
    assert len(set(texts)) > 6
    assert texts == said(model, asked)
    assert said(model, asked[4:5]) == texts[4:5]


def test_one_by_one_draws_the_same(llama: LocalModel) -> None:
    """What the architecture's own loop draws, where texts cannot be laid end to end."""
    writer = Writer(llama.network, llama._scorer.head, frozenset({1}))  # noqa: SLF001
    tokens = tuple(llama.tokenizer(STEM)["input_ids"])
    prompts = [Prompt(tokens, 8, t, seed) for seed in range(5) for t in (0.0, 0.7)]
    assert [writer.alone(prompt) for prompt in prompts] == writer.together(prompts)


def test_draws_have_the_networks_own_shares(llama: LocalModel) -> None:
    asked = [writing(("abc",), max_tokens=1, temperature=2.0, seed=s)[0] for s in range(1500)]
    drawn = Counter(said(llama, asked))
    with torch.inference_mode():
        logits = llama.network(torch.tensor([llama.tokenizer("abc")["input_ids"]])).logits[0, -1]
    wanted = (logits / 2.0).softmax(-1)
    whole = [t for t in range(97) if "\ufffd" not in llama.tokenizer.decode([t])]  # no half letters
    for token in sorted(whole, key=lambda t: -wanted[t])[:5]:
        share, p = drawn[llama.tokenizer.decode([token])] / 1500, float(wanted[token])
        # Four standard errors: five draws of a fixed seed, one failure in 3,000 seeds.
        assert abs(share - p) < 4 * (p * (1 - p) / 1500) ** 0.5 + 1e-9


def test_a_stop_token_ends_the_text_and_is_no_part_of_it(tmp_path: Path) -> None:
    plain = LocalModel(tiny.build(tmp_path / "plain"), device="cpu")
    with torch.inference_mode():
        ids = torch.tensor([plain.tokenizer("abc")["input_ids"]])
        first = int(plain.network(ids).logits[0, -1].argmax())
    plain.network.generation_config.eos_token_id = [1, first]
    plain.save(tmp_path / "stops")
    stopping = LocalModel(tmp_path / "stops", device="cpu")
    (reply,) = ask(stopping, writing(("abc",)))
    assert (reply.text, reply.tokens_out, reply.ending) == ("", 0, "stop")


def test_a_resumed_run_writes_the_same(tmp_path: Path) -> None:
    model = LocalModel(tiny.build(tmp_path), threads=1, device="cpu", budget=90)
    texts = (*TEXTS, LONG, STEM + LONG)
    asked = [*writing(texts), *writing(texts, temperature=0.8, seed=1)]
    whole = dict(model.answer(asked))
    last = max(reply.batch for reply in whole.values())
    assert last > 5
    for done in range(last):
        left = [i for i in sorted(whole) if whole[i].batch > done]
        again = dict(model.answer([asked[i] for i in left]))
        for j, i in enumerate(left):
            assert again[j].model_copy(update={"batch": whole[i].batch}) == whole[i]


def test_beyond_a_sliding_window_the_architecture_writes_by_itself(tmp_path: Path) -> None:
    model = LocalModel(tiny.build(tmp_path, "gemma3"), device="cpu")
    asked = writing(("x" * 36,), max_tokens=3) + writing(("x" * 36,), max_tokens=9)  # window 40
    near, far = ask(model, asked)
    assert near.batch != far.batch
    assert far.text.startswith(near.text)


def test_in_chat_the_template_surrounds_the_prompt(tmp_path: Path) -> None:
    model = LocalModel(tiny.build(tmp_path), device="cpu")
    with pytest.raises(BadConfig, match="no chat template"):
        model.in_chat()
    model.tokenizer.chat_template = "{{ 'Q: ' + messages[0]['content'] + ' A:' }}"
    chat = model.in_chat()
    assert (chat.prompting, model.prompting) == ("chat", "raw")
    assert chat.digest != model.digest
    assert said(chat, writing(("hi",))) == said(model, writing(("Q: hi A:",)))
    scored: list[Reply] = [ask(m, [Request(kind="score", text="hi")])[0] for m in (chat, model)]
    assert scored[0] == scored[1]
