"""A model whose every reply is on disk before anybody uses it, and whose spending has a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from assay.core.errors import BadConfig, BudgetSpent
from assay.core.subject import Ability, Cost, Model, Reply, Request
from assay.store.ledger import Ledger

__all__ = ["Recorded", "budget_from"]

Answer = tuple[int, Reply]


def budget_from(text: str) -> Cost | None:
    """Read a budget such as "500calls" or "500calls,200000tokens"; None for an empty one.

    Raises
    ------
    BadConfig
        Anything else.

    Examples
    --------
    >>> budget_from("500calls,2e5tokens")
    Cost(calls=500, tokens=200000)
    """
    limits: dict[str, int] = {}
    for part in (p.strip() for p in text.split(",")) if text.strip() else ():
        unit = next((u for u in ("calls", "tokens") if part.endswith(u)), "")
        try:
            amount = int(float(part.removesuffix(unit)))
        except (ValueError, OverflowError):
            amount = 0
        if not unit or amount <= 0 or unit in limits:
            raise BadConfig(f"--budget {text!r}: write it like 500calls or 200000tokens, or both")
        limits[unit] = amount
    unlimited = 2**62
    return Cost(**{"calls": unlimited, "tokens": unlimited} | limits) if limits else None


def _batches(answers: Iterable[Answer]) -> Iterator[list[Answer]]:
    """Part the answers into batches, each as soon as it is known to be whole.

    A model that says which reply closes a batch has it recorded before it begins the next one;
    with others the next batch's first reply has to come.
    """
    batch: list[Answer] = []
    for answer in answers:
        if batch and answer[1].batch != batch[0][1].batch:
            yield batch
            batch = []
        batch.append(answer)
        if answer[1].closes:
            yield batch
            batch = []
    if batch:
        yield batch


class Recorded:
    """The same model, remembering.

    Parameters
    ----------
    model
        Who answers what is not recorded yet.
    ledger
        Where replies are kept.
    run
        The run they belong to.
    budget
        A hard stop on what the run spends in all; no request is sent that could pass it.
    asker
        The instrument that asks.
    on_reply
        Called after each recorded batch.
    """

    def __init__(
        self,
        model: Model,
        ledger: Ledger,
        run: str,
        *,
        budget: Cost | None = None,
        asker: str = "",
        on_reply: Callable[[], None] = lambda: None,
    ) -> None:
        self._model, self._ledger, self._run = model, ledger, run
        self._budget, self._asker, self._on_reply = budget, asker, on_reply
        self.name: str = model.name
        self.digest: str = model.digest
        self.abilities: Ability = model.abilities
        self.context: int = model.context

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer from the record, and ask for the rest; equal requests are asked once."""
        places: dict[str, list[int]] = {}
        for index, request in enumerate(requests):
            places.setdefault(request.digest, []).append(index)
        missing: list[str] = []
        for digest, indices in places.items():
            reply = self._ledger.reply(self._run, self.digest, digest)
            if reply is None:
                missing.append(digest)
            else:
                yield from ((index, reply) for index in indices)
        while missing:
            sent = self._affordable([requests[places[d][0]] for d in missing])
            for digest, reply in self._ask(missing[:sent], requests, places):
                yield from ((index, reply) for index in places[digest])
            missing = missing[sent:]

    def _ask(
        self, digests: Sequence[str], requests: Sequence[Request], places: dict[str, list[int]]
    ) -> Iterator[tuple[str, Reply]]:
        answers = self._model.answer([requests[places[d][0]] for d in digests])
        for batch in _batches(answers):
            replies = [(digests[index], reply) for index, reply in batch]
            self._ledger.record_replies(self._run, self.digest, replies, asker=self._asker)
            self._on_reply()
            yield from replies

    def _affordable(self, requests: Sequence[Request]) -> int:
        """Return how many of the requests cannot pass the budget, whatever they turn out to cost.

        A token is at least one byte, so a request's bytes bound its tokens.
        """
        if self._budget is None:
            return len(requests)
        spent = self._ledger.cost(self._run)
        tokens, count = self._budget.tokens - spent.tokens, 0
        for request in requests[: max(0, self._budget.calls - spent.calls)]:
            tokens -= len(request.text.encode("utf-8", "surrogatepass")) + 1 + request.max_tokens
            if tokens < 0:
                break
            count += 1
        if not count:
            raise BudgetSpent(f"spent {spent.calls} calls and {spent.tokens} tokens")
        return count
