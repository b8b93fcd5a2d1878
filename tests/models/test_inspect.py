"""Does a model behind an API keep the promises of the protocol?"""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Any

import pytest
from tests.models.inspected import CHAT, KNOWN, RAW, generate, odd, opened
from tests.servers.loopback import Answer, Asked, listening
from tests.servers.openai_form import Front, serving

from assay.core.errors import (
    ModelChanged,
    ModelError,
)
from assay.core.subject import Ability, Model, Request, ask
from assay.models.inspect import InspectModel
from assay.models.names import open_model
from assay.models.scripted import ScriptedModel


@pytest.mark.parametrize(("provider", "prompting"), [(CHAT, "chat"), (RAW, "raw")])
def test_answers_are_those_of_the_model_behind(provider: str, prompting: str) -> None:
    behind = ScriptedModel(knows=(KNOWN,), strength=0.9)
    asked = generate(30)
    with serving(behind) as url:
        model = open_model(f"inspect:{provider}", arguments={"base_url": url})
        assert isinstance(model, Model)
        assert (model.name, model.prompting) == (f"inspect:{provider}", prompting)
        assert model.abilities == Ability.GENERATE
        assert not model.remote
        found = dict(model.answer(asked))
        model.close()  # type: ignore[attr-defined]
    wanted = ask(behind, asked)
    assert sorted(found) == list(range(30))
    assert [found[i].text for i in range(30)] == [reply.text for reply in wanted]
    assert {(r.served, r.fingerprint, r.ending) for r in found.values()} == {
        ("tiny", "fp_tiny", "length")
    }
    assert {i: r.batch for i, r in found.items()} == {i: i + 1 for i in range(30)}
    assert all(found[i].closes for i in range(30))
    assert [found[i].tokens_in for i in range(30)] == [reply.tokens_in for reply in wanted]


def test_a_proxy_on_this_machine_is_elsewhere() -> None:
    with opened(Front(model=ScriptedModel()), weights="away") as model:
        assert model.remote
        assert not any("on this machine" in note for note in model.notes)


def test_what_is_asked_is_what_is_sent() -> None:
    front = Front(model=ScriptedModel())
    with opened(front, system="Be short.") as model:
        ask(model, generate(1))
        ask(model, generate(1, temperature=0.7, seed=3))
    greedy, sampled = front.asked[-2:]
    assert [m["content"] for m in greedy["messages"]] == ["Be short.", KNOWN[:22]]
    assert (greedy["temperature"], greedy["max_tokens"], "seed" in greedy) == (0.0, 5, False)
    assert (sampled["temperature"], sampled["seed"]) == (0.7, 3)
    with opened(Front(model=ScriptedModel()), prompting="raw") as model:
        assert model.prompting == "raw"


def test_as_many_in_flight_as_allowed_and_no_more() -> None:
    class Counting(Front):
        now, most = 0, 0

        async def handle(self, asked: Asked) -> Answer:
            self.now += 1
            self.most = max(self.most, self.now)
            try:
                return await super().handle(asked)
            finally:
                self.now -= 1

    front = Counting(model=ScriptedModel(), latency=0.1)  # longer than a busy machine dawdles
    with opened(front, connections="7") as model:
        ask(model, generate(40))
    assert front.most == 7


def test_closing_the_iterator_cancels_what_is_in_flight() -> None:
    before = threading.active_count()
    front = Front(model=ScriptedModel(), latency=0.05)
    with opened(front, connections="4") as model:
        answers = model.answer(generate(1000))
        next(answers)
        answers.close()  # type: ignore[attr-defined]
        # In flight or waiting to be taken are at most twice as many as there are connections.
        assert len(front.asked) <= 3 + 2 * 4 + 1
        assert len(ask(model, generate(2))) == 2
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"model": "tiny-2"}, "now 'tiny-2'"), ({"system_fingerprint": "fp_2"}, "fingerprint=any")],
)
def test_a_changed_model_stops_the_run(changes: dict[str, Any], says: str) -> None:
    with opened(odd(after=5, **changes)) as model:
        answers = model.answer(generate(10))
        assert [index for index, _ in (next(answers), next(answers))] == [0, 1]
        with pytest.raises(ModelChanged, match=says):
            next(answers)
        with pytest.raises(ModelChanged, match=says):
            ask(model, generate(1))


def test_a_changed_fingerprint_may_be_allowed() -> None:
    with opened(odd(after=5, system_fingerprint="fp_2"), fingerprint="any") as model:
        assert [r.fingerprint for r in ask(model, generate(3))] == ["fp_tiny", "fp_tiny", "fp_2"]
    with opened(odd(after=2, system_fingerprint="fp_2")) as model:
        assert any("more than one fingerprint" in note for note in model.notes)
        ask(model, generate(3))


@pytest.mark.parametrize(
    ("finish", "content", "ending"),
    [
        ("content_filter", "", "refusal"),
        ("length", "and so on", "length"),
        ("stop", "", "stop"),
        ("tool_calls", "", ""),
    ],
)
def test_endings(finish: str, content: str, ending: str) -> None:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    with opened(odd(choices=[choice])) as model:
        (reply,) = ask(model, generate(1))
    assert (reply.text, reply.ending, reply.problem) == (content, ending, "")


def test_a_refusal_in_a_field_of_its_own_is_an_answer_no_choice_at_all_is_none() -> None:
    message = {"role": "assistant", "content": None, "refusal": "I will not."}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    with opened(odd(choices=[choice])) as model:
        assert [(r.ending, r.problem) for r in ask(model, generate(1))] == [("refusal", "")]
    with opened(odd(choices=[])) as model:
        assert ["without any choice" in r.problem for r in ask(model, generate(1))] == [True]


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {"prompt_tokens": -5, "completion_tokens": -1, "total_tokens": 0},
        {"prompt_tokens": 10**12, "completion_tokens": 10**12, "total_tokens": 1},
    ],
)
def test_tokens_are_never_counted_short(usage: dict[str, int] | None) -> None:
    with opened(odd(usage=usage)) as model:
        (reply,) = ask(model, generate(1))
    assert (reply.tokens_in, reply.tokens_out) == (22 + 64, 5)


def test_a_server_that_is_down_is_given_up() -> None:
    front = odd(status=500)
    with opened(front) as model:
        answers = model.answer(generate(100))
        replies = [reply for _, reply in zip(range(8), (r for _, r in answers), strict=False)]
        assert all(r.transient and "InternalServerError" in r.problem for r in replies)
        with pytest.raises(ModelError, match="8 requests in a row"):
            next(answers)
        asked = len(front.asked)
        with pytest.raises(ModelError, match="8 requests in a row"):
            ask(model, generate(1))
        assert len(front.asked) == asked


def test_a_request_that_will_never_do_is_no_sign_of_that() -> None:
    with opened(odd(status=400, error={"message": "too long", "code": "x"})) as model:
        replies = ask(model, generate(12))
    assert all(r.problem and not r.transient for r in replies)


@pytest.mark.parametrize("text", ["", "half a \ud800 character"])
def test_what_cannot_be_sent_is_not_sent(text: str) -> None:
    front = Front(model=ScriptedModel())
    with opened(front) as model:
        sent = len(front.asked)
        (reply,) = ask(model, [Request(kind="generate", text=text, max_tokens=3)])
        assert reply.problem
        assert not reply.transient
        assert len(front.asked) == sent


def test_not_deterministic_is_said() -> None:
    message = {"role": "assistant", "content": "Lyon"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    with opened(odd(after=2, choices=[choice])) as model:
        assert any("not deterministic" in note for note in model.notes)


@pytest.mark.parametrize("content", ["\x00\x1b[2J\u202e<script>", "a" * (1 << 20), "half \ud83d"])
def test_hostile_words_arrive_as_they_are(content: str) -> None:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    with opened(odd(choices=[choice])) as model:
        (reply,) = ask(model, generate(1))
    assert (reply.text, reply.problem) == (content, "")


@pytest.mark.parametrize(("stopped", "ending"), [("end_turn", "stop"), ("refusal", "refusal")])
def test_anthropic(stopped: str, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def handle(asked: Asked) -> Answer:
        assert asked.headers["authorization"] == "Bearer sk-secret"
        assert "cache_control" not in asked.body
        words = [{"type": "text", "text": asked.body["messages"][0]["content"][:3]}]
        usage = {"input_tokens": 9, "output_tokens": 1}
        said = {"id": "m", "type": "message", "role": "assistant", "model": "claude-tiny-1"}
        return Answer(body=said | {"content": words, "stop_reason": stopped, "usage": usage})

    monkeypatch.setenv("MY_KEY", "sk-secret")
    said = {"api_key_env": "MY_KEY"}
    with (
        listening(handle) as url,
        closing(InspectModel("anthropic/claude-tiny", {"base_url": url} | said)) as model,
    ):
        (reply,) = ask(model, generate(1))
    assert (reply.text, reply.ending, reply.served) == ("the", ending, "claude-tiny-1")
    assert (reply.tokens_in, reply.tokens_out, reply.fingerprint) == (9, 1, "")
    assert any("no fingerprint" in note for note in model.notes)
    assert any("takes no temperature" in note for note in model.notes)  # as Inspect decides here
