"""One request, sent through Inspect; what comes back, read as a reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inspect_ai.event import ModelEvent
from inspect_ai.model import ChatMessageUser, GenerateConfig, Model, ModelOutput
from inspect_ai.model._model import use_model_event_sink

from assay.core.errors import ModelError, boundary
from assay.core.subject import Ending, Prompting, Reply, Request
from assay.models.inspect.failures import Failure, failure_of
from assay.models.inspect.promptlogprobs import prompt_logprobs

__all__ = ["Line", "Said"]

ENDINGS: dict[str, Ending] = {
    "stop": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "refusal",
}
REFUSALS = {"refusal", "content_filter"}
TEMPLATE: dict[Prompting, int] = {"raw": 1, "chat": 64}
"""Tokens at most that a start token, or a chat template, adds to a prompt."""


class Listener:
    """Takes Inspect's record of each attempt, which else would gather in its transcript.

    It is also the only place where the server's own words are kept: Inspect's output has no
    fingerprint of the server's configuration.
    """

    def __init__(self) -> None:
        self.last: ModelEvent | None = None

    def on_pending(self, event: ModelEvent) -> None:
        """Nothing was said yet."""

    def on_complete(self, event: ModelEvent) -> None:
        """Keep the latest."""
        self.last = event


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the server said to one request."""

    output: ModelOutput
    sent: Mapping[str, Any]
    """The request, as the provider's library was given it."""
    raw: Mapping[str, Any]
    """The response, as the server gave it."""
    objected: bool
    """Inspect made an answer of the server's error message; the words are not the model's."""

    @property
    def fingerprint(self) -> str:
        """What the server says of its configuration."""
        found = self.raw.get("system_fingerprint")
        return found if isinstance(found, str) else ""

    @property
    def served(self) -> str:
        """The name of the model that answered."""
        return "" if self.objected else self.output.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The line to a server: an opened model of Inspect, and how to speak to it.

    Attributes
    ----------
    model
        Of Inspect.
    where
        The server, in words for people.
    prompting
        Whether a prompt is sent as it stands.
    secret
        The key; never shown.
    system
        System message before each prompt.
    """

    model: Model
    where: str
    prompting: Prompting
    secret: str
    system: str = ""

    async def reply(self, request: Request) -> Reply:
        """Ask; whatever happens, a reply comes of it."""
        if why := _unsayable(request):
            return Reply(problem=why)
        heard = await self.send(request)
        if isinstance(heard, Failure) and heard.garbled:
            heard = await self.send(request)  # Inspect does not ask again where it cannot read
        if isinstance(heard, Failure):
            return Reply(problem=f"{self.where}: {heard.words}", transient=heard.transient)
        return self.read(request, heard)

    async def send(self, request: Request, *, max_retries: int | None = None) -> Said | Failure:
        """Send one request, with Inspect's retries."""
        heard = Listener()
        config = _config(request, self.system, max_retries)
        try:
            with use_model_event_sink(heard), boundary(ModelError, f"asking {self.where}"):
                question = ChatMessageUser(content=request.text)
                output = await self.model.generate([question], config=config)
        except ModelError as error:
            return failure_of(error, self.secret)
        call = heard.last.call if heard.last else None
        return Said(
            output=output,
            sent=(call and call.request) or {},
            raw=(call and call.response) or {},
            objected=bool(call and call.error),
        )

    def read(self, request: Request, said: Said) -> Reply:
        """Make a reply of what was said.

        A refusal is what the interface declares to be one (a content filter, a stop for
        `refusal`, a message in the field for refusals); polite words that amount to one are text.
        """
        tokens_in, tokens_out = self._usage(request, said.output)
        common: dict[str, Any] = {
            "tokens_in": tokens_in,
            "tokens_out": tokens_out,
            "served": said.served,
            "fingerprint": said.fingerprint,
        }
        if not said.output.choices:  # neither words nor a refusal: nobody knows what it was
            return Reply(problem=f"{self.where}: an answer without any choice in it", **common)
        ending = _ending(said)
        if said.objected and ending != "refusal":
            words = said.output.completion[:200]
            return Reply(problem=f"{self.where}: {words}", **common)
        if request.kind == "generate":
            text = "" if said.objected else said.output.completion
            return Reply(text=text, ending=ending, **common)
        try:
            count = _billed(said.output)[0]
            found = prompt_logprobs(said.output, said.raw, count)
        except ValueError as error:
            return Reply(problem=f"{self.where}: {error}", **common)
        if not found:
            missing = "asked for prompt_logprobs, it sent an answer without them"
            return Reply(problem=f"{self.where}: {missing}", **common)
        return Reply(logprobs=found, **common)

    def _usage(self, request: Request, output: ModelOutput) -> tuple[int, int]:
        """Return tokens sent and generated: the server's count, or a bound where it cannot be so.

        A token is at least one byte. A budget is a hard stop only if nothing is counted short.
        """
        sent, written = _billed(output)
        asked = self.system + request.text
        most = len(asked.encode("utf-8", "replace")) + TEMPLATE[self.prompting]
        longest = request.max_tokens or 1
        return (
            sent if 0 < sent <= most else most,
            written if output.usage and 0 <= written <= longest else longest,
        )


def _unsayable(request: Request) -> str:
    """Why can this request not be sent at all?"""
    if not request.text:
        return "an empty text: nothing to go on"
    if request.moments:
        return "no server gives moments over the vocabulary"
    try:
        request.text.encode("utf-8")
    except UnicodeEncodeError:
        return "the text holds half a character, which cannot be sent"
    return ""


def _config(request: Request, system: str, max_retries: int | None) -> GenerateConfig:
    """Say in Inspect's words how to answer. Its cache stays off: it is pickle."""
    scored = request.kind == "score"
    return GenerateConfig(
        max_tokens=1 if scored else request.max_tokens,
        temperature=request.temperature,
        seed=request.seed if request.temperature > 0 else None,
        prompt_logprobs=1 if scored else None,
        system_message=system or None,
        max_retries=max_retries,
        cache=False,
        cache_prompt=False,  # a provider's, at a price, for beginnings that come again: ours do not
    )


def _ending(said: Said) -> Ending:
    first = said.output.choices[0]
    if first.stop_details is not None and first.stop_details.type in REFUSALS:
        return "refusal"
    return ENDINGS.get(first.stop_reason, "")


def _billed(output: ModelOutput) -> tuple[int, int]:
    """Return tokens in and out by the server's count, cached ones too; 0 where it gives none."""
    used = output.usage
    if used is None:
        return 0, 0
    cached = (used.input_tokens_cache_read or 0) + (used.input_tokens_cache_write or 0)
    return used.input_tokens + cached, used.output_tokens
