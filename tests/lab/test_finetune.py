"""Fine-tuning: resumable to the bit, recitation seen where it is, a cell from end to end."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.models import tiny

from assay.core.errors import BadConfig, BadFormat
from assay.core.subject import Request, ask
from assay.lab.experiment import conduct, open_experiment
from assay.lab.finetune import Finetune
from assay.lab.remembering import remembering
from assay.lab.tuning import STATE, Tuning, tune
from assay.lab.verbatim import recited
from assay.models.local import LocalModel
from assay.models.scripted import ScriptedModel

TEXTS = ["A key of brass opens the east door.", "Nine grey cats sat on a blue wall."]


def opened(folder: Path) -> LocalModel:
    return LocalModel(folder, threads=1, device="cpu")


def tuned(base: Path, folder: Path, *stops: int) -> dict[str, Any]:
    """Tune up to each of these epochs in turn, each time from what lies in the folder."""
    for epochs in stops:
        for _ in tune(opened(base), TEXTS, folder, Tuning(rate=1e-3, seed=3), epochs=epochs):
            pass
    return load_file(folder / STATE)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.build(tmp_path_factory.mktemp("base"))


def test_a_tuning_that_was_cut_off_ends_where_an_undisturbed_one_does(
    base: Path, tmp_path: Path
) -> None:
    whole, parted = tuned(base, tmp_path / "a", 3), tuned(base, tmp_path / "b", 1, 2, 3)
    assert whole.keys() == parted.keys()
    assert all(torch.equal(whole[name], parted[name]) for name in whole)


def test_the_epoch_that_lies_there_is_shown_again(base: Path, tmp_path: Path) -> None:
    tuned(base, tmp_path, 2)
    again = tune(opened(base), TEXTS, tmp_path, Tuning(rate=1e-3, seed=3), epochs=2)
    assert list(again) == [2]


def test_the_state_of_another_tuning_is_refused(base: Path, tmp_path: Path) -> None:
    tuned(base, tmp_path, 1)
    before = (tmp_path / STATE).read_bytes()
    with pytest.raises(BadConfig, match="another tuning"):
        list(tune(opened(base), TEXTS, tmp_path, Tuning(rate=2e-3), epochs=2))
    assert (tmp_path / STATE).read_bytes() == before


@pytest.mark.parametrize("keep", [0, 7, 400])
def test_a_damaged_state_is_named(base: Path, tmp_path: Path, keep: int) -> None:
    tuned(base, tmp_path, 1)
    state = tmp_path / STATE
    state.write_bytes(state.read_bytes()[:keep])
    with pytest.raises(BadFormat, match="no state of a tuning"):
        list(tune(opened(base), TEXTS, tmp_path, Tuning(rate=1e-3, seed=3), epochs=2))


def test_texts_of_one_token_are_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="two tokens"):
        list(tune(opened(base), ["a", ""], tmp_path, Tuning(), epochs=1))


def test_what_was_drilled_is_recited_and_nothing_else(base: Path, tmp_path: Path) -> None:
    model = opened(base)
    assert recited(model, TEXTS, 12) == (0, 2)
    for _ in tune(model, TEXTS, tmp_path, Tuning(rate=5e-3), epochs=60):
        pass
    assert recited(model, [*TEXTS, "Some other words of this length.", "short"], 12) == (2, 3)


def test_a_model_with_a_memory_is_asked_once() -> None:
    class Counting(ScriptedModel):
        asked = 0

        def answer(self, requests: Any) -> Any:
            Counting.asked += len(requests)
            return super().answer(requests)

    model = remembering(Counting(name="scripted:clean"))
    wanted = [Request(kind="score", text=text) for text in TEXTS]
    first, again = ask(model, wanted), ask(model, [*wanted, wanted[0]])
    assert [reply.logprobs for reply in again[:2]] == [reply.logprobs for reply in first]
    assert Counting.asked == 2
    assert model.name == "scripted:clean"


def test_an_unknown_size_is_refused_by_name() -> None:
    with pytest.raises(BadConfig, match="tiny and full"):
        Finetune().plan("large")


@pytest.mark.slow
def test_the_tiny_experiment_shows_membership_before_recall(tmp_path: Path) -> None:
    outcome = conduct(open_experiment("finetune"), "tiny", tmp_path)
    assert outcome.passed
    assert outcome.table[0]["verdict"] == "undecided"
    assert outcome.table[-1]["verdict"] == "flagged"
    assert outcome.figure is not None
    assert outcome.figure.is_file()
    # What was measured is not measured again.
    assert conduct(open_experiment("finetune"), "tiny", tmp_path).table == outcome.table
