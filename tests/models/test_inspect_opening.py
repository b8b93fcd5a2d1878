"""Is what is wrong at the opening of an API's model said, and said without the key?"""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import closing

import pytest
from tests.models.inspected import CHAT, HASTY, RAW
from tests.servers.openai_form import Front, serving, serving_front

from assay.core.errors import BadConfig, ModelError, UnknownName, UsageError
from assay.models.inspect import InspectModel
from assay.models.scripted import ScriptedModel


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


def test_without_the_extra_the_line_that_installs_it_is_given() -> None:
    code = (
        "import sys; sys.modules['inspect_ai'] = None\n"
        "from assay.core.errors import MissingExtra\nfrom assay.models.names import open_model\n"
        "try:\n    open_model('inspect:openai/gpt-4o')\n"
        "except MissingExtra as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'assay[api]'" in done.stdout
