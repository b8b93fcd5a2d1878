"""The spending log: which sealed texts left this machine, to whom, written before they were sent.

It lies beside the benchmark (NAME.spent.jsonl), not in a run's folder: what was sent once is spent
for every later run. One row a text; the texts themselves are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assay.core.errors import BadFormat, StoreError, boundary
from assay.core.subject import Ability, Model, Prompting, Reply, Request
from assay.store.appending import appending, whole_lines

__all__ = ["Disclosing", "Disclosures", "Secret", "provider_of"]

Kind = Literal["sibling", "held back", "canary"]


class Row(BaseModel):
    """One sealed text that was sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: str
    provider: str
    model: str
    kind: Kind
    item: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A sealed text, and how to see that a request holds it."""

    kind: Kind
    item: str
    sha256: str
    needles: tuple[str, ...]
    """A request that holds one of these gives it away."""
    exclusive: bool = False
    """Whether it may be sent only while no other provider was sent it."""

    def is_in(self, request: Request) -> bool:
        """Does this request give it away?"""
        return any(needle in request.text for needle in self.needles)


def provider_of(name: str, arguments: Mapping[str, str] | None = None) -> str:
    """Who gets to see what is sent to this model? All models of one provider share what it saw.

    Examples
    --------
    >>> provider_of("inspect:openai/gpt-4o-mini"), provider_of("inspect:openrouter/meta/llama")
    ('openai', 'openrouter/meta')
    >>> provider_of("inspect:openai/mine", {"base_url": "http://127.0.0.1:8000/v1"})
    'openai at http://127.0.0.1:8000/v1'
    """
    bare = name.removeprefix("inspect:")
    owner = bare.rpartition("/")[0] or bare
    where = (arguments or {}).get("base_url", "")
    return f"{owner} at {where}" if where else owner


class Disclosures:
    """What was spent on whom?

    Parameters
    ----------
    path
        The log; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def spent(self) -> dict[str, set[str]]:
        """By SHA-256 of a text, the providers that were sent it.

        Raises
        ------
        BadFormat
            A line is not what Assay wrote.
        StoreError
            The file cannot be read.
        """
        with boundary(StoreError, f"reading {self.path}"):
            data = self.path.read_bytes() if self.path.exists() else b""
        return self._by_text(whole_lines(data))

    def spend(self, provider: str, model: str, secrets: Sequence[Secret]) -> None:
        """Note what is about to be sent, once for each provider; on disk when this returns.

        Raises
        ------
        StoreError
            It cannot be noted, or another run has just spent one of them on another provider:
            nothing may be sent then.
        """
        doing = f"noting in {self.path} what is about to be sent (nothing was)"
        with boundary(StoreError, doing), appending(self.path) as log:
            known = self._by_text(log.lines)
            new = [s for s in secrets if provider not in known.get(s.sha256, ())]
            self._refuse_others(provider, new, known)
            if new:
                log.write(_lines(provider, model, new))

    def _refuse_others(
        self, provider: str, secrets: Sequence[Secret], known: Mapping[str, set[str]]
    ) -> None:
        for secret in secrets:
            if secret.exclusive and (others := known.get(secret.sha256, set()) - {provider}):
                raise StoreError(
                    f"a sealed variant of {secret.item!r} was spent on {min(others)} while this "
                    f"run was about to show it to {provider}\n"
                    "  next: run it again; it then takes variants that nobody was shown"
                )

    def _by_text(self, lines: Iterable[bytes]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for number, line in enumerate(lines, 1):
            try:
                row = Row.model_validate_json(line)
            except ValidationError as error:
                fix = "restore it from a copy: a log that is edited says nothing about what is left"
                what = "is not a row of the spending log"
                raise BadFormat(str(self.path), number, what, fix) from error
            found.setdefault(row.sha256, set()).add(row.provider)
        return found


def _lines(provider: str, model: str, secrets: Sequence[Secret]) -> Iterator[bytes]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for secret in {s.sha256: s for s in secrets}.values():
        row = {"date": now, "provider": provider, "model": model, "kind": secret.kind}
        whole = row | {"item": secret.item, "sha256": secret.sha256}
        yield json.dumps(whole).encode()


class Disclosing:
    """The same model, elsewhere: what is sealed is noted as spent before it is sent.

    Parameters
    ----------
    model
        Who is asked.
    log
        Where it is noted.
    provider
        Who gets to see it.
    secrets
        What could be sent.
    """

    def __init__(
        self, model: Model, log: Disclosures, provider: str, secrets: Sequence[Secret]
    ) -> None:
        self._model, self._log, self._provider = model, log, provider
        self._left = list(secrets)
        self.name: str = model.name
        self.digest: str = model.digest
        self.abilities: Ability = model.abilities
        self.context: int = model.context
        self.parameters: int = model.parameters
        self.prompting: Prompting = model.prompting
        self.remote: bool = model.remote
        self.notes: tuple[str, ...] = model.notes

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Note what these requests give away, then ask."""
        sent = [s for s in self._left if any(s.is_in(r) for r in requests)]
        if sent:
            self._log.spend(self._provider, self.name, sent)
            self._left = [s for s in self._left if s not in sent]
        yield from self._model.answer(requests)
