"""What may not run, or not be sent, and why: decided before anything is asked."""

from __future__ import annotations

from assay.catalog import ids as load_ids
from assay.core.errors import BadConfig
from assay.core.evidence import GuardReport, Null
from assay.core.instrument import Instrument, Need, Scope, Topic
from assay.core.settings import Plan
from assay.core.subject import Model, Subject
from assay.core.trial import missing_need
from assay.store import budget_from, price_from
from assay.store.recorded import UNLIMITED

__all__ = ["blocked", "check_disclosure", "check_money"]


def check_money(plan: Plan) -> None:
    """Refuse a limit in money where nothing says what a token costs."""
    budget, price = budget_from(plan.budget), price_from(plan.price)
    if budget is not None and budget.nanodollars < UNLIMITED and price is None:
        raise BadConfig(
            f"--budget {plan.budget}: dollars can be counted only where the price is known\n"
            "  next: give --price SENT/GENERATED in US dollars per million tokens"
        )


def check_disclosure(plan: Plan, *models: Model) -> None:
    """Keep the half that was held back from whoever could train on it."""
    remote = [model.name for model in models if model.remote]
    if plan.split is not None and remote and not plan.allow_disclosure:
        raise BadConfig(
            f"--split {plan.split}: the held-back half would be sent to {remote[0]}, and whoever "
            "serves it could keep it\n"
            "  next: add --allow-disclosure if that half may be spent on this provider"
        )


def blocked(
    plan: Plan,
    instruments: tuple[Instrument, ...],
    subject: Subject,
    refusal: GuardReport | None,
) -> dict[str, str]:
    """Say which instruments cannot run, and why: a missing need, refused controls, a seal."""
    reasons = {
        i.id: missing_need(i.needs, subject) or _sealed(plan, i, subject) for i in instruments
    }
    reasons |= _set_aside(plan, instruments, reasons)
    for instrument in instruments:
        compares = instrument.strongest_null is Null.MATCHED and instrument.scope is Scope.UNIT
        if refusal is not None and not refusal.passed and compares and not reasons[instrument.id]:
            reasons[instrument.id] = f"the guard refused the controls: {refusal.reason}"
    return {name: reason for name, reason in reasons.items() if reason}


def _sealed(plan: Plan, instrument: Instrument, subject: Subject) -> str:
    """Why may this instrument's sealed material not be sent? Empty where it may."""
    remote = [m.name for m in (subject.model, subject.reference) if m is not None and m.remote]
    sealed = {Need.SIBLINGS: "sealed siblings", Need.HONEYPOTS: "honeypots of a private half"}
    what = next((words for need, words in sealed.items() if need in instrument.needs), "")
    if not what or not remote or plan.allow_disclosure:
        return ""
    return f"{what} are not sent to {remote[0]} without --allow-disclosure"


def _set_aside(
    plan: Plan, instruments: tuple[Instrument, ...], reasons: dict[str, str]
) -> dict[str, str]:
    """Leave out what asks for generated text where log-probabilities answer the same question.

    Generated text is the same memory seen through a narrower window: it costs more, and as one
    more column it dilutes the bet (docs/decisions/0004). Who wants it names the instrument.
    """
    running = [i for i in instruments if not reasons[i.id]]
    better = {i.topic for i in running if Need.LOGPROBS in i.needs and i.scope is Scope.UNIT}
    if Topic.SEEN in better:  # whoever can be asked for the text itself need not be asked by id
        better.add(Topic.IDS)
    return {
        i.id: f"log-probabilities answer the same better; --instrument {i.id} runs it all the same"
        for i in running
        if Need.GENERATE in i.needs and i.topic in better and i.id not in _named(plan)
    }


def _named(plan: Plan) -> frozenset[str]:
    """Return what the user asked for by name, with the beginnings that stand for several."""
    parts = (name.split(".") for name in load_ids())
    return frozenset(
        ".".join(p)
        for p in parts
        for n in range(1, len(p) + 1)
        if ".".join(p[:n]) in plan.instruments
    )
