"""Continuations: what is asked, what counts as a match, where a reference's near misses are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from assay.core.evidence import Abstention, Finding
from assay.core.item import Benchmark, Item
from assay.core.subject import Ability, Model, Reply, Request, Subject, Unit, ask
from assay.models.scripted import ScriptedModel
from assay.probes.asking import words_of
from assay.probes.recall_prefix import RecallPrefix, RecallPrefixRatio, near_misses
from assay.text.pieces import evenly, pieces

TEXTS = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many in May.",
    "def total(prices):\n    out = 0\n    for one in prices:\n        out += one\n    return out",
    "Twelve drummers and eleven pipers left the house at noon; who of them came back by night?",
)
ITEMS = tuple(Item(id=f"i{n}", statement=text) for n, text in enumerate(TEXTS))
UNITS = tuple(Unit(id=item.id, item=item) for item in ITEMS)
KNOWING = ScriptedModel(name="knowing", knows=TEXTS, strength=0.9)
CLEAN = ScriptedModel(name="clean", seed=3)


@dataclass(kw_only=True)
class Saying(ScriptedModel):
    """A model whose every reply is changed in one way; it notes what it is asked."""

    change: dict[str, object] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer, changed."""
        self.asked += requests
        for index, reply in super().answer(requests):
            yield index, reply.model_copy(update=self.change)


def measured(
    model: Model, reference: Model | None = None, probe: RecallPrefix | None = None
) -> list[Finding | Abstention]:
    given = Subject(model=model, benchmark=Benchmark(name="b", items=ITEMS), reference=reference)
    return list((probe or RecallPrefix()).measure(given, UNITS, seed=1))


def scores(outcomes: Sequence[Finding | Abstention]) -> list[float]:
    found = [o.score for o in outcomes if isinstance(o, Finding) and o.score is not None]
    assert len(found) == len(outcomes)
    return found


def test_who_knows_the_text_goes_on_with_it() -> None:
    # A scripted model recognises sixteen characters; the first cuts have fewer before them.
    assert min(scores(measured(KNOWING))) > 0.7
    assert max(scores(measured(CLEAN))) < 0.2


def test_no_prompt_holds_what_follows() -> None:
    listening = Saying(knows=TEXTS)
    measured(listening)
    for request in listening.asked:
        (text,) = (t for t in TEXTS if t.startswith(request.text))
        assert 0 < len(request.text) < len(text)
        assert not request.text[-1].isspace()
        assert request.temperature == 0


@pytest.mark.parametrize("change", [{"ending": "refusal"}, {"text": ""}, {"text": " \n"}])
def test_a_refusal_and_silence_score_the_worst(change: dict[str, object]) -> None:
    refusing = Saying(knows=TEXTS, strength=0.9, change=change)
    assert scores(measured(refusing)) == [0.0, 0.0, 0.0]


def test_no_answer_is_an_abstention_with_its_reason() -> None:
    for outcome in measured(Saying(change={"problem": "the line is dead"})):
        assert isinstance(outcome, Abstention)
        assert outcome.reason == "the line is dead"


def test_a_text_too_short_to_be_cut_is_an_abstention() -> None:
    item = Item(id="s", statement="one two three")
    given = Subject(model=CLEAN, benchmark=Benchmark(name="b", items=(item,)))
    (outcome,) = RecallPrefix().measure(given, [Unit(id="s", item=item)], seed=1)
    assert isinstance(outcome, Abstention)
    assert "too short" in outcome.reason


BEFORE = "if now:\n    for one in many:\n        print(one)"


@pytest.mark.parametrize(
    "text",
    [
        "\n        go(one)",
        "```python\n        go(one)\n```",
        "        print(one)\n        go(one)",
        "    for one in many:\n        print(one)\n        go(one)",
        f"```\n{BEFORE}\n        go(one)",
    ],
)
def test_in_a_chat_fence_and_echo_are_taken_off(text: str) -> None:
    assert words_of(Reply(text=text), "chat", BEFORE) == ["go", "(", "one", ")"]


def test_a_text_that_repeats_itself_is_no_echo_where_nobody_echoes() -> None:
    reply = Reply(text="\n        print(one)")
    assert words_of(reply, "raw", BEFORE) == ["print", "(", "one", ")"]


def test_in_a_chat_the_instruction_comes_first() -> None:
    chatting = Saying(knows=TEXTS, strength=0.9, prompting="chat")
    assert min(scores(measured(chatting))) > 0.7
    assert all(r.text.startswith("Below is the beginning") for r in chatting.asked)
    assert all(any(t[:9] in r.text for t in TEXTS) for r in chatting.asked)


def piece_by_piece(model: Model, text: str) -> dict[int, tuple[float, bool]]:
    """Log-probability of each piece, and whether the model's own next token is another one."""
    parts = pieces(text)
    ends = [*(p.cut for p in parts[1:]), len(text)]
    found = {}
    for number, (piece, end) in enumerate(zip(parts, ends, strict=True)):
        if number < 4:
            continue
        start, through = (
            math.fsum(ask(model, [Request(kind="score", text=t)])[0].logprobs)
            for t in (text[: piece.cut], text[:end])
        )
        (reply,) = ask(model, [Request(kind="generate", text=text[: piece.cut], max_tokens=1)])
        missed = not text[piece.cut :].startswith(reply.text)
        found[number] = (through - start, missed)
    return found


@pytest.mark.parametrize("text", TEXTS)
def test_near_misses_are_the_likeliest_words_that_the_reference_misses(text: str) -> None:
    half_known = ScriptedModel(knows=(text[:50],), strength=0.9, seed=8)
    words = piece_by_piece(half_known, text)
    wrong = [n for n in words if words[n][1] and n < max(words)]  # where the last ends nobody says
    wanted = sorted(sorted(wrong, key=lambda n: -words[n][0])[:5])
    (found,) = near_misses(half_known, [text], 5, 2)
    parts = pieces(text)
    assert [one.before for one in found] == [text[: parts[n].cut] for n in wanted]
    assert [one.after for one in found] == [tuple(p.word for p in parts[n : n + 2]) for n in wanted]


def test_where_token_counts_do_not_fit_misses_are_taken_evenly() -> None:
    chatting = Saying(seed=3, change={"tokens_in": 7})
    (found,) = near_misses(chatting, TEXTS[:1], 5, 2)
    parts = pieces(TEXTS[0])
    words = piece_by_piece(CLEAN, TEXTS[0])
    wrong = [n for n in words if words[n][1]]
    wanted = [TEXTS[0][: parts[wrong[i]].cut] for i in evenly(len(wrong), 5)]
    assert [one.before for one in found] == wanted


def test_against_a_reference_memory_shows() -> None:
    probe = RecallPrefixRatio()
    assert min(scores(measured(KNOWING, CLEAN, probe))) > 0.7
    assert max(scores(measured(ScriptedModel(seed=5), CLEAN, probe))) < 0.2


def test_a_reference_that_misses_nothing_leaves_nothing_to_compare() -> None:
    known = ScriptedModel(knows=tuple(f"once upon a time: {t}" for t in TEXTS), strength=0.9)
    outcomes = measured(CLEAN, known, RecallPrefixRatio(cuts=2))
    assert all(isinstance(o, Finding) or "goes wrong nowhere" in o.reason for o in outcomes)


def test_a_reference_that_cannot_write_is_an_abstention() -> None:
    mute = ScriptedModel(abilities=Ability.LOGPROBS)
    for outcome in measured(KNOWING, mute, RecallPrefixRatio()):
        assert isinstance(outcome, Abstention)
        assert outcome.reason == "the reference model cannot generate"
