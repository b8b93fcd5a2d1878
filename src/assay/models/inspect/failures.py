"""What went wrong with a request, in words that hold no key, and whose fault it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Failure", "failure_of", "tidy"]

LONGEST = 300
"""Characters of a server's own words that are passed on."""
OF_THE_REQUEST = {400, 413, 414, 422}
"""Status codes that say: this request will never do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No answer to a request, after all retries."""

    words: str
    status: int | None = None
    """The server's status code; None where no server was heard."""
    garbled: bool = False
    """Whether something came that could not be read, such as half of a JSON text."""

    @property
    def transient(self) -> bool:
        """May it be gone next time? Only where the server did not object to this very request."""
        return self.status not in OF_THE_REQUEST


def failure_of(error: BaseException, secret: str = "") -> Failure:
    """Say what an exception of Inspect, or of a provider's library, means.

    Inspect wraps the provider's exception in one or two of its own, of which one repeats the whole
    request; what counts is the first below them that has a status, or else the last.

    Parameters
    ----------
    error
        As caught.
    secret
        The key; it is struck out wherever a server repeats it.
    """
    chain = list(_chain(error))
    telling = next((e for e in chain if _status(e) is not None), None)
    inner = telling or next((e for e in chain if type(e).__name__ not in WRAPPERS), chain[-1])
    said = str(getattr(inner, "provider_message", "") or inner) or "it said nothing"
    cause = "" if telling else _cause(inner)
    return Failure(
        words=tidy(f"{type(inner).__name__}: {said}{cause}", secret),
        status=_status(inner),
        garbled=telling is None and isinstance(inner, ValueError),
    )


WRAPPERS = {"ModelError", "RetryError", "ModelGenerateError"}


def _chain(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__


def _cause(error: BaseException) -> str:
    last = list(_chain(error))[-1]
    return "" if last is error else f" ({type(last).__name__}: {last})"


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def tidy(words: str, secret: str) -> str:
    """Return the words on one line, not too long, without the key."""
    open_words = words.replace(secret, "[key]") if secret else words
    line = " ".join(open_words.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."
