"""A model behind an API, through Inspect AI, behind the protocol that every model speaks."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial

from assay.core.errors import ModelChanged, ModelError
from assay.core.item import digest_of
from assay.core.subject import Ability, Prompting, Reply, Request
from assay.models.inspect.loop import LoopThread, side_by_side
from assay.models.inspect.opening import hang_up, open_line, provider_of
from assay.models.inspect.settings import Settings, settings_from
from assay.models.inspect.trial import Trial, try_out

__all__ = ["InspectModel"]

DOWN = 8
"""Requests in a row that failed after all retries: then the server is down, not the request."""


class InspectModel:
    """What does this model, of any provider that Inspect AI has, answer?

    Opening it sends two or three requests of a few tokens; what it can do is what came back.
    Replies come as the server gives them, each a batch of its own. A refusal is what the
    interface declares to be one; polite words that amount to one are text.

    Parameters
    ----------
    provider
        As Inspect writes it: "openai/gpt-4o-mini", "vllm-completions/MODEL".
    arguments
        `base_url`; `api_key_env`, the *name* of an environment variable; `connections` (in
        flight at most, 10); `timeout` (seconds per attempt, 120); `max_retries` (4); `prompting`
        ("raw" or "chat", where the provider has both); `context` (tokens); `fingerprint=any`
        (go on when the server's configuration changes); `system` (a message before each prompt);
        `weights=away` (for a proxy on this machine: what it is asked leaves it);
        `provider.NAME` (handed to Inspect's provider as it is).
    name
        How the user calls it.

    Raises
    ------
    UsageError
        The provider, an argument, the key or the model's name is wrong.
    ModelError
        The server cannot be reached.
    """

    def __init__(
        self, provider: str, arguments: Mapping[str, str] | None = None, *, name: str = ""
    ) -> None:
        self._name = name or f"inspect:{provider}"
        self._settings = settings_from(provider, arguments or {})
        self._loop = LoopThread()
        asked = provider_of(self._settings)
        self._line = open_line(self._settings, asked)
        # Not a method: whoever is to be closed by the garbage collector must not be held by it.
        farewell = partial(hang_up, self._line.model)
        self._close = weakref.finalize(self, self._loop.stop, farewell)
        with ExitStack() as undo:
            undo.callback(self.close)
            self._trial = self._loop.run(try_out(self._line, asked, self._settings))
            undo.pop_all()
        self._digest = _digest(asked, self._trial, self._settings)
        self._failures = 0
        self._broken: ModelError | None = None

    @property
    def name(self) -> str:
        """The name the user gave."""
        return self._name

    @property
    def digest(self) -> str:
        """SHA-256 of what is known of who answers, and of how it is asked."""
        return self._digest

    @property
    def abilities(self) -> Ability:
        """What it was found to do."""
        return self._trial.abilities

    @property
    def context(self) -> int:
        """Context window in tokens, as far as it is known."""
        return self._trial.context

    @property
    def parameters(self) -> int:
        """Not known: no interface says it in a form that could be trusted."""
        return 0

    @property
    def prompting(self) -> Prompting:
        """Raw where the provider sends a prompt as it stands, else chat."""
        return self._trial.prompting

    @property
    def remote(self) -> bool:
        """Whether what it is asked leaves this machine."""
        return self._trial.remote

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its results should know."""
        return self._trial.notes

    def close(self) -> None:
        """Cancel what is in flight and hang up; happens by itself at the end."""
        self._close()

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer as the server does, at most `connections` requests in flight.

        Raises
        ------
        ModelChanged
            Another model than at opening answered, or one configured otherwise.
        ModelError
            The server is down: a row of requests failed after all retries.
        """
        if self._broken is not None:
            raise self._broken
        replies = side_by_side(self._loop, requests, self._line.reply, self._settings.connections)
        with closing(replies):
            for index, reply in replies:
                self._check_same(reply)
                yield index, reply.model_copy(update={"batch": index + 1, "closes": True})
                self._check_up(reply)

    def _check_same(self, reply: Reply) -> None:
        """Stop where somebody else answers; replies that came before stay."""
        known = self._trial
        if reply.served and reply.served != known.served:
            self._break(ModelChanged, f"the model {known.served!r} is now {reply.served!r}")
        watched = known.steady and self._settings.fingerprint == "same"
        if watched and reply.served and reply.fingerprint != known.fingerprint:
            self._break(
                ModelChanged,
                f"the fingerprint of {known.served!r} was {known.fingerprint!r} and is now "
                f"{reply.fingerprint!r} (-M fingerprint=any goes on all the same)",
            )

    def _check_up(self, reply: Reply) -> None:
        """Give up where one request after the other fails."""
        self._failures = self._failures + 1 if reply.transient else 0
        if self._failures >= DOWN:
            self._break(
                ModelError, f"{DOWN} requests in a row had no answer, the last: {reply.problem}"
            )

    def _break(self, kind: type[ModelError], what: str) -> None:
        """Stop, and refuse whatever is asked later."""
        self._broken = kind(f"{self._line.where}: {what}")
        raise self._broken


def _digest(provider: str, trial: Trial, settings: Settings) -> str:
    watched = trial.steady and settings.fingerprint == "same"
    return digest_of(
        {
            "provider": provider,
            "base_url": trial.base_url,
            "served": trial.served,
            "fingerprint": trial.fingerprint if watched else "",
            "prompting": trial.prompting,
            "system": settings.system,
            "own": {name: repr(value) for name, value in settings.own.items()},
        }
    )
