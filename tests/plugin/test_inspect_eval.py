"""A whole evaluation by Inspect AI whose tool calls and scorer run in our boxes."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from tomllib import loads

import inspect_ai
import pytest
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer
from inspect_ai.solver import TaskState, generate, use_tools
from inspect_ai.tool import bash
from inspect_ai.util import SandboxEnvironmentSpec, sandbox

from assay.core.running import Limits
from assay.plugin.inspect_sandbox import BubblewrapConfig, BubblewrapEnvironment
from assay.sandbox.choosing import survey

ROOT = Path(__file__).parents[2]
FIX = "sed -i s/minus/plus/ word.txt && id -un"


@scorer(metrics=[accuracy()])
def word_in_the_box() -> Scorer:
    """Is the word of the box's file the target? A real scorer: it reads what the model left."""

    async def score(state: TaskState, target: Target) -> Score:
        del state
        word = (await sandbox().read_file("word.txt")).strip()
        return Score(value="C" if word == target.text else "I", answer=word)

    return score


@pytest.fixture
def works() -> None:
    """Skip where no sandbox works, and say why."""
    tried = list(survey())
    if tried[-1].sandbox is None:
        pytest.skip("; ".join(f"{one.name}: {one.why}" for one in tried))


@pytest.mark.slow  # Inspect takes seconds to start
# Inspect leaves streams of its own open when its loop ends.
@pytest.mark.filterwarnings(
    "ignore:.*MemoryObjectReceiveStream:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.filterwarnings("ignore:.*MemoryObject:ResourceWarning")
def test_an_evaluation_in_boxes(works: None, tmp_path: Path) -> None:
    del works
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "word.txt").write_text("minus", encoding="ascii")
    config = BubblewrapConfig(tree=tmp_path / "tree", limits=Limits(seconds=60))
    outputs = [
        ModelOutput.for_tool_call("mockllm/model", "bash", {"command": FIX}),
        ModelOutput.from_content("mockllm/model", "Done."),
    ]
    for output in outputs:
        output.usage = ModelUsage()  # else it counts tokens, with a table from the network
    model = get_model("mockllm/model", custom_outputs=outputs)
    task = Task(
        dataset=[Sample(input="Turn minus into plus.", target="plus", files={"note": "extra"})],
        solver=[use_tools(bash(timeout=30)), generate()],
        scorer=word_in_the_box(),
        sandbox=SandboxEnvironmentSpec("bubblewrap", config),
    )
    (log,) = inspect_ai.eval(task, model=model, log_dir=str(tmp_path / "logs"), display="none")
    assert log.status == "success", log.error
    assert log.samples is not None
    (sample,) = log.samples
    assert sample.scores is not None
    assert sample.scores["word_in_the_box"].value == "C"
    said = [message.text for message in sample.messages if message.role == "tool"]
    assert said == ["box\n"]
    assert (tmp_path / "tree" / "word.txt").read_text(encoding="ascii") == "minus"


def test_inspect_finds_it_by_the_entry_point() -> None:
    written = loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (named,) = written["project"]["entry-points"]["inspect_ai"].items()
    EntryPoint(name=named[0], value=named[1], group="inspect_ai").load()
    assert BubblewrapEnvironment.config_deserialize({"tree": "x"}) == BubblewrapConfig(
        tree=Path("x")
    )
