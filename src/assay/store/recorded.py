"""A model whose every reply is on disk before anybody uses it, and whose spending has a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from assay.core.errors import BadConfig, BudgetSpent
from assay.core.subject import Ability, Cost, Model, Price, Prompting, Reply, Request
from assay.store.ledger import Ledger

__all__ = ["Purse", "Recorded", "budget_from", "price_from"]

UNLIMITED = 2**62
OVERHEAD: dict[Prompting, int] = {"raw": 2, "chat": 64}
"""Tokens at most that a request has beside its bytes: a chat template, or a start token and the one
token that servers generate even where a text is only scored."""
UNITS = {"calls": ("calls", 1), "tokens": ("tokens", 1), "usd": ("nanodollars", 10**9)}

Answer = tuple[int, Reply]


def budget_from(text: str) -> Cost | None:
    """Read a budget such as "500calls" or "200000tokens,5usd"; None for an empty one.

    Raises
    ------
    BadConfig
        Anything else.

    Examples
    --------
    >>> budget_from("500calls,2e5tokens")
    Cost(calls=500, tokens=200000, nanodollars=4611686018427387904)
    """
    limits: dict[str, int] = {}
    for part in (p.strip() for p in text.split(",")) if text.strip() else ():
        unit = next((u for u in UNITS if part.endswith(u)), "")
        field, scale = UNITS.get(unit, ("", 1))
        try:
            amount = int(float(part.removesuffix(unit)) * scale)
        except (ValueError, OverflowError):
            amount = 0
        if not unit or amount <= 0 or field in limits:
            raise BadConfig(
                f"--budget {text!r}: write it like 500calls, 200000tokens or 5usd, or several of "
                "them with commas; each above 0"
            )
        limits[field] = amount
    return Cost(**dict.fromkeys(Cost.model_fields, UNLIMITED) | limits) if limits else None


def price_from(text: str) -> Price | None:
    """Read prices such as "0.15/0.60", in US dollars per million tokens; None for an empty text.

    Raises
    ------
    BadConfig
        Anything else.

    Examples
    --------
    >>> price_from("0.15/0.60").nanodollars(1000, 100)
    210000
    """
    if not text.strip():
        return None
    sent, slash, generated = text.partition("/")
    try:
        return Price(tokens_in=float(sent), tokens_out=float(generated if slash else "-1"))
    except ValueError as error:
        raise BadConfig(
            f"--price {text!r}: write US dollars per million tokens, sent/generated: 0.15/0.60"
        ) from error


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """What may a run spend?"""

    limit: Cost | None = None
    """A hard stop on what it spends in all; no request is sent that could pass it."""
    price: Price | None = None
    """What the model's provider asks for; None where that is not known, and nothing is counted."""


NO_LIMIT = Purse()


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
    purse
        What may be spent, and what a token costs.
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
        purse: Purse = NO_LIMIT,
        asker: str = "",
        on_reply: Callable[[], None] = lambda: None,
    ) -> None:
        self._model, self._ledger, self._run = model, ledger, run
        self._budget, self._price = purse.limit, purse.price
        self._asker, self._on_reply = asker, on_reply
        self.lost = 0
        """Requests that failed for the time being: they are not recorded."""
        self.name: str = model.name
        self.digest: str = model.digest
        self.abilities: Ability = model.abilities
        self.context: int = model.context
        self.parameters: int = model.parameters
        self.prompting: Prompting = model.prompting
        self.remote: bool = model.remote
        self.notes: tuple[str, ...] = model.notes

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
            kept = [(digest, reply) for digest, reply in replies if not reply.transient]
            self.lost += len(replies) - len(kept)
            self._ledger.record_replies(
                self._run, self.digest, kept, asker=self._asker, price=self._price
            )
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
        money = self._budget.nanodollars - spent.nanodollars
        for request in requests[: max(0, self._budget.calls - spent.calls)]:
            sent = len(request.text.encode("utf-8", "surrogatepass")) + OVERHEAD[self.prompting]
            tokens -= sent + request.max_tokens
            money -= self._price.nanodollars(sent, request.max_tokens) if self._price else 0
            if tokens < 0 or money < 0:
                break
            count += 1
        if not count:
            money_too = f" and {spent.dollars:.4f} dollars" if spent.nanodollars else ""
            raise BudgetSpent(f"spent {spent.calls} calls, {spent.tokens} tokens{money_too}")
        return count
