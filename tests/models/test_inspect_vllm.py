"""Are log-probabilities that come over HTTP in vLLM's form those of the same weights here?

The server is ours, on loopback, and writes the form that vLLM documents. No real vLLM took part.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.models import tiny
from tests.servers.openai_form import serving
from tests.servers.vllm_form import serving_vllm

from assay.core.errors import UsageError
from assay.core.subject import Ability, Request, ask
from assay.models.inspect import InspectModel
from assay.models.local import LocalModel
from assay.models.names import open_model
from assay.models.scripted import ScriptedModel

TEXTS = (
    "def add(a, b):\n    return a + b\n",
    "The quick brown fox jumps over the lazy dog.",
    "Zwölf Boxkämpfer, 犬も歩けば棒に当たる, and a tab\there",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
    "ab",
)
ROUNDING = 1e-4
"""Nats. The server scores each text alone and JSON keeps every digit; locally they are laid end to
end, and other orders of the same sums in single precision differ by some 1e-6 of a logit of 20."""


@pytest.mark.parametrize("starts", [False, True])
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("provider", ["vllm-completions", "openai-api-completions/tiny"])
def test_scores_over_http_are_local_scores(
    tmp_path: Path, provider: str, *, starts: bool, shuffled: bool
) -> None:
    local = LocalModel(tiny.build(tmp_path, starts=starts), device="cpu")
    name = f"tiny-{starts}-{shuffled}"  # Inspect keeps one vLLM server a name in a process
    asked = [Request(kind="score", text=text) for text in TEXTS]
    with serving_vllm(local, name=name, shuffled=shuffled) as url:
        served = InspectModel(f"{provider}/{name}", {"base_url": url})
        assert served.abilities == Ability.GENERATE | Ability.LOGPROBS
        assert served.prompting == "raw"
        assert not served.remote
        found = ask(served, asked)
        served.close()
    for here, there in zip(ask(local, asked), found, strict=True):
        assert there.problem == ""
        assert there.logprobs == pytest.approx(here.logprobs, abs=ROUNDING)
        assert there.tokens_in == here.tokens_in


def test_a_server_that_leaves_them_out_is_named() -> None:
    with serving(ScriptedModel()) as url:
        served = InspectModel("openai-api-completions/some/tiny", {"base_url": url})
        (reply,) = ask(served, [Request(kind="score", text="one two")])
        served.close()
    assert served.abilities == Ability.GENERATE
    assert any("prompt_logprobs" in note and url[:-3] in note for note in served.notes)
    assert url[:-3] in reply.problem


def test_a_second_server_of_one_name_is_not_mistaken_for_the_first(tmp_path: Path) -> None:
    local = LocalModel(tiny.build(tmp_path), device="cpu")
    with serving_vllm(local, name="twin") as first, serving_vllm(local, name="twin") as second:
        opened = InspectModel("vllm-completions/twin", {"base_url": first})
        with pytest.raises(UsageError, match="openai-api-completions"):
            InspectModel("vllm-completions/twin", {"base_url": second})
        opened.close()


@pytest.mark.weights
def test_real_weights() -> None:
    local = open_model("smollm2", device="cpu")
    assert isinstance(local, LocalModel)
    asked = [Request(kind="score", text=text) for text in TEXTS]
    with serving_vllm(local, name="smollm2", shuffled=True) as url:
        served = InspectModel("vllm-completions/smollm2", {"base_url": url})
        found = ask(served, asked)
        served.close()
    worst = max(
        abs(a - b)
        for here, there in zip(ask(local, asked), found, strict=True)
        for a, b in zip(here.logprobs, there.logprobs, strict=True)
    )
    assert worst < ROUNDING
