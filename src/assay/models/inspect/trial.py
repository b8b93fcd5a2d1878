"""What can this server do, and who answers there? Found by asking it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from inspect_ai.model import get_model_info

from assay.core.errors import ModelError, UsageError
from assay.core.subject import Ability, Prompting, Reply, Request
from assay.models.inspect.asking import Line, Said
from assay.models.inspect.failures import Failure
from assay.models.inspect.settings import Settings, is_loopback

__all__ = ["Trial", "try_out"]

PROMPT = "The capital of France is"
TEXT = "The capital of France is Paris."
GREEDY = Request(kind="generate", text=PROMPT, max_tokens=2)
SCORED = Request(kind="score", text=TEXT)
PATIENT = 1
"""Retries of a test request: who waits for a first word wants to know soon."""
CAUTIOUS = 4096
"""Tokens of context that hardly any model lacks."""


HERE = (
    "asked on this machine; a server that only hands on what it is asked wants -M weights=away, or "
    "sealed items reach whoever stands behind it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was found."""

    abilities: Ability
    prompting: Prompting
    context: int
    served: str
    fingerprint: str
    steady: bool
    """Whether the fingerprint was the same twice: if not, a change of it means nothing."""
    base_url: str
    remote: bool
    notes: tuple[str, ...]


async def try_out(line: Line, provider: str, settings: Settings) -> Trial:
    """Ask for two tokens, twice, and for the log-probabilities of a prompt.

    Raises
    ------
    UsageError
        The server does not know the key or the model, or refuses so plain a request.
    ModelError
        The server cannot be reached, or fails.
    """
    said = await _asked(line, provider, settings)
    again = await _asked(line, provider, settings)
    base_url = _base_url(line, settings)
    scored = await line.reply(SCORED) if line.prompting == "raw" else None
    abilities = Ability.GENERATE | (Ability.LOGPROBS if _has_logprobs(scored) else Ability.NONE)
    known = get_model_info(line.model)
    window = settings.context or (known and (known.context_length or known.input_tokens)) or 0
    remote = settings.weights == "away" or not is_loopback(base_url)
    return Trial(
        abilities=abilities,
        prompting=line.prompting,
        context=window or CAUTIOUS,
        served=said.served,
        fingerprint=said.fingerprint,
        steady=said.fingerprint == again.fingerprint,
        base_url=base_url,
        remote=remote,
        notes=(
            *_of_server(line, said, again),
            *_of_prompting(line, scored),
            *_of_answers(said, again),
            *(() if window else (f"its window is not known: {CAUTIOUS} tokens are taken for it",)),
            *(() if remote else (HERE,)),
        ),
    )


async def _asked(line: Line, provider: str, settings: Settings) -> Said:
    heard = await line.send(GREEDY, max_retries=min(PATIENT, settings.max_retries))
    if isinstance(heard, Failure):
        raise _refused(line, provider, settings, heard)
    reply = line.read(GREEDY, heard)
    if reply.problem:
        raise _refused(line, provider, settings, Failure(words=reply.problem, status=400))
    return heard


def _refused(
    line: Line, provider: str, settings: Settings, failure: Failure
) -> UsageError | ModelError:
    """Say what a failed test request means for who asked."""
    model = provider.partition("/")[2]
    said = f"it said: {failure.words}"
    if failure.status in {401, 403}:
        key = settings.api_key_env or ", ".join(getattr(line.model.api, "api_key_vars", ()))
        return UsageError(
            f"{line.where} does not accept the key for {model} (status {failure.status})\n"
            f"  next: check the environment variable {key or 'of the key'}, "
            "or name another one with -M api_key_env=NAME"
        )
    if failure.status == 404 or "/v1/completions" in failure.words:
        return UsageError(
            f"{line.where} has no model {model}, or not in this form; {said}\n"
            "  next: look at the model's name and at -M base_url=URL (it mostly ends in /v1)"
        )
    if not failure.transient:
        return UsageError(
            f"the test request of {GREEDY.max_tokens} tokens was refused; {said}\n"
            "  next: look at the model's name and the -M arguments; where the interface has a "
            "least number of tokens, try -M provider.responses_api=false"
        )
    return ModelError(f"no answer to the test request: {line.where}: {failure.words}")


def _base_url(line: Line, settings: Settings) -> str:
    """Return the server that was really asked.

    Inspect keeps one vLLM server per model name in a process, whatever URL a second one is given.
    """
    used = line.model.api.base_url or settings.base_url
    if settings.base_url and used.rstrip("/") != settings.base_url.rstrip("/"):
        raise UsageError(
            f"-M base_url={settings.base_url}: in this process Inspect asks {used} for every model "
            "of this name\n  next: use inspect:openai-api-completions/SERVICE/MODEL instead"
        )
    return used


def _has_logprobs(scored: Reply | None) -> bool:
    return scored is not None and not scored.problem


def _of_server(line: Line, said: Said, again: Said) -> tuple[str, ...]:
    first = f"{line.where} serves it as {said.served!r}"
    if not said.fingerprint:
        return (f"{first} and says no fingerprint of its configuration",)
    if said.fingerprint != again.fingerprint:
        return (f"{first}, with more than one fingerprint: their change is not watched",)
    return (f"{first}, fingerprint {said.fingerprint!r}",)


def _of_prompting(line: Line, scored: Reply | None) -> tuple[str, ...]:
    after = f", after the system message {line.system!r}" if line.system else ""
    if scored is None:
        how = f"each prompt is a user's message in a chat{after}"
        return (how, "log-probabilities are not asked for: a chat template would be in the text")
    how = "prompts are continued as they stand, outside any chat template"
    lacks = (f"no log-probabilities of a prompt; {scored.problem}",) if scored.problem else ()
    return (how, *lacks)


def _of_answers(said: Said, again: Said) -> tuple[str, ...]:
    notes = []
    if said.output.completion != again.output.completion:
        notes.append("not deterministic at temperature 0: the same two-token request differed")
    if said.sent and '"temperature"' not in json.dumps(said.sent, default=str):
        notes.append("the interface takes no temperature: its answers are samples")
    return tuple(notes)
