"""Does a model behind an API keep the promises of the protocol?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from tests.servers.loopback import Answer, Asked
from tests.servers.openai_form import Front, serving, serving_front

from assay.core.errors import (
    BadConfig,
    ModelChanged,
    ModelError,
    UnknownName,
    UsageError,
)
from assay.core.subject import Ability, Model, Reply, Request, ask
from assay.models.inspect import InspectModel
from assay.models.names import open_model
from assay.models.scripted import ScriptedModel

CHAT, RAW = "openai-api/some/tiny", "openai-api-completions/some/tiny"
KNOWN = "the cat sat on the mat and was happy ever after"
HASTY = {"max_retries": "0", "provider.max_retries": "0"}
"""No retry by Inspect, none by the library below it."""


def generate(count: int, **options: Any) -> list[Request]:
    texts = [f"{KNOWN[:22]}{'.' * i}" for i in range(count)]
    return [Request(kind="generate", text=t, **({"max_tokens": 5} | options)) for t in texts]


class Odd(Front):
    """A server whose answers change from the `after`-th request for text on."""

    after: int
    changes: dict[str, Any]
    status: int

    def enveloped(
        self, kind: str, reply: Reply, body: dict[str, Any], choice: dict[str, Any]
    ) -> Answer:
        """Answer as ever, or with the changes."""
        answer = super().enveloped(kind, reply, body, choice)
        if len(self.asked) < self.after:
            return answer
        return Answer(status=self.status, body=answer.body | self.changes)


def odd(*, after: int = 3, status: int = 200, **changes: Any) -> Odd:
    front = Odd(model=ScriptedModel(knows=(KNOWN,)))
    front.after, front.status, front.changes = after, status, changes
    return front


@contextmanager
def opened(front: Front, provider: str = CHAT, **arguments: str) -> Iterator[InspectModel]:
    """A model behind this front, with one request at a time in flight."""
    said = {"connections": "1"} | HASTY | arguments
    with (
        serving_front(front) as url,
        closing(InspectModel(provider, {"base_url": url} | said)) as m,
    ):
        yield m


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
    assert all(
        r.closes and r.tokens_in == w.tokens_in for r, w in zip(found.values(), wanted, strict=True)
    )


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

    front = Counting(model=ScriptedModel(), latency=0.02)
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


def test_the_digest_tells_models_apart() -> None:
    front = Front(model=ScriptedModel())
    with serving_front(front) as url:
        digests = []
        for provider, said in [
            (CHAT, {}),
            (CHAT, {"connections": "3", "timeout": "5"}),
            (CHAT, {"system": "x"}),
            (CHAT, {"prompting": "raw"}),
            (RAW, {}),
            (CHAT, {"fingerprint": "any"}),
        ]:
            with closing(InspectModel(provider, {"base_url": url} | said)) as model:
                digests.append(model.digest)
    assert digests[0] == digests[1]
    assert digests[3] == digests[4]
    assert len(set(digests)) == 4


@pytest.mark.parametrize(
    ("provider", "arguments", "kind", "says"),
    [
        ("opena/gpt-4o", {}, UnknownName, "Did you mean 'openai'"),
        ("openai", {}, UnknownName, "PROVIDER/MODEL"),
        (CHAT, {"base_ur": "x"}, UnknownName, "Did you mean 'base_url'"),
        (CHAT, {"connections": "0"}, BadConfig, "1 or more"),
        (CHAT, {"timeout": "soon"}, BadConfig, "whole number"),
        (CHAT, {"prompting": "loud"}, BadConfig, "raw or chat"),
        (CHAT, {"base_url": "localhost:80"}, BadConfig, "http://127.0.0.1"),
        (CHAT, {"base_url": "http://me:secret@127.0.0.1/v1"}, BadConfig, "api_key_env"),
        (CHAT, {"api_key": "sk-secret"}, BadConfig, "api_key_env"),
        (CHAT, {"provider.api_key": "sk-secret"}, BadConfig, "api_key_env"),
        (CHAT, {"api_key_env": "NO_SUCH_KEY"}, UsageError, "export NO_SUCH_KEY"),
        ("openai-api/nowhere/tiny", {}, UsageError, "NOWHERE_API_KEY"),
        ("openai-api/tiny", {"base_url": "http://127.0.0.1:9/v1"}, UsageError, "service"),
        ("anthropic/claude", {"prompting": "raw"}, UsageError, "no such form"),
        (RAW, {"system": "x"}, UsageError, "no place for a system message"),
        (CHAT, {"base_url": "http://127.0.0.1:9/v1", "provider.x": "1"}, UsageError, "-M x"),
    ],
)
def test_what_the_user_can_mend(
    provider: str, arguments: dict[str, str], kind: type[UsageError], says: str
) -> None:
    with pytest.raises(kind) as caught:
        InspectModel(provider, arguments)
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_wrong_key_is_said_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-secret")
    with serving_front(Front(model=ScriptedModel(), key="another")) as url:
        with pytest.raises(UsageError, match="MY_KEY") as caught:
            InspectModel(CHAT, {"base_url": url, "api_key_env": "MY_KEY"} | HASTY)
        assert "secret" not in str(caught.value)
    with serving_front(Front(model=ScriptedModel(), key="sk-secret")) as url:
        InspectModel(CHAT, {"base_url": url, "api_key_env": "MY_KEY"}).close()


@pytest.mark.parametrize("provider", [CHAT, RAW])
def test_a_model_that_is_not_there(provider: str) -> None:
    missing = pytest.raises(UsageError, match="no model some/tiny")
    with serving(ScriptedModel(), name="other") as url, missing:
        InspectModel(provider, {"base_url": url} | HASTY)


def test_no_network(capfd: pytest.CaptureFixture[str]) -> None:
    before = threading.active_count()
    with pytest.raises(ModelError, match=r"http://127\.0\.0\.1:9: APIConnectionError"):
        InspectModel(CHAT, {"base_url": "http://127.0.0.1:9/v1"} | HASTY)
    assert threading.active_count() == before
    assert capfd.readouterr() == ("", "")
