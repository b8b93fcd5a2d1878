"""Log-probability scores of an item's published text: plain, and against a reference model.

A score by itself says nothing: it depends on the text as much as on memory. It becomes evidence
against controls, and only as far as chance picked them or the guard lets them pass.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Need, Scope, Topic
from assay.core.subject import Ability, Model, Reply, Request, Subject, Unit, ask
from assay.probes.unstaked import Unstaked

__all__ = ["Loss", "LossRatio", "MinK", "MinKPlusPlus", "MinKPlusPlusRatio", "MinKRatio", "Zlib"]

Statistic = Callable[[str, Reply], float]


def loss(_: str, reply: Reply) -> float:
    """Mean log-probability of a token, in nats; minus the loss."""
    return math.fsum(reply.logprobs) / len(reply.logprobs)


def zlib_ratio(text: str, reply: Reply) -> float:
    """Log-probability of the text over its size in bytes under zlib."""
    return math.fsum(reply.logprobs) / len(zlib.compress(text.encode("utf-8", "surrogatepass")))


def lowest_mean(values: Sequence[float], share: float) -> float:
    """Mean of the lowest share of the values, at least one of them.

    Examples
    --------
    >>> lowest_mean([3.0, 1.0, 2.0, 4.0], 0.5)
    1.5
    """
    count = max(1, math.floor(len(values) * share))
    return math.fsum(sorted(values)[:count]) / count


def standardised(reply: Reply) -> list[float]:
    """Each token's log-probability less its mean over the vocabulary, over its deviation."""
    rows = zip(reply.logprobs, reply.means, reply.variances, strict=True)
    # A distribution with no spread has one possible token: its z-score is 0 by continuity.
    return [(x - m) / math.sqrt(v) if v > 1e-12 else 0.0 for x, m, v in rows]


def scored(
    instrument: str,
    units: Sequence[Unit],
    models: Sequence[Model],
    statistic: Statistic,
    *,
    moments: bool,
) -> Iterator[Finding | Abstention]:
    """Score every unit by the first model, less the second's where there is one.

    All log-probability instruments send the same request, so that the model is asked once: also
    those whose statistic has no use for `moments`.
    """
    replies = []
    for model in models:
        able = Ability.VOCAB_MOMENTS in model.abilities
        replies.append(
            ask(model, [Request(kind="score", text=u.item.text, moments=able) for u in units])
        )
    for unit, *answers in zip(units, *replies, strict=True):
        problem = next((a.problem for a in answers if a.problem), "")
        problem = problem or _lacking(models, answers, moments=moments)
        if problem or not all(a.logprobs for a in answers):
            reason = problem or "the text has no token to score"
            yield Abstention(instrument=instrument, unit=unit.id, reason=reason)
            continue
        values = [statistic(unit.item.text, answer) for answer in answers]
        score = values[0] - (values[1] if len(values) > 1 else 0.0)
        tokens = len(answers[0].logprobs)
        yield Finding(instrument=instrument, unit=unit.id, score=score, detail={"tokens": tokens})


def _lacking(models: Sequence[Model], answers: Sequence[Reply], *, moments: bool) -> str:
    """Did a server leave out what it was asked for? Several do, without a word."""
    for model, answer in zip(models, answers, strict=True):
        used = (*answer.logprobs, *answer.means, *answer.variances) if moments else answer.logprobs
        if moments and not len(answer.logprobs) == len(answer.means) == len(answer.variances):
            return f"{model.name} was asked for moments over its vocabulary and sent none"
        if not all(map(math.isfinite, used)):
            return f"{model.name} sent numbers that are not finite"
    return ""


class Score(Unstaked):
    """What the log-probability instruments share: scores, no e-value of their own."""

    __slots__ = ()
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.ITEMS | Need.LOGPROBS
    strongest_null: ClassVar[Null] = Null.MATCHED
    scope: ClassVar[Scope] = Scope.UNIT
    claim: ClassVar[str] = "the published text of the items was in the training data"
    topic: ClassVar[Topic] = Topic.SEEN
    id: ClassVar[str]

    def statistic(self, text: str, reply: Reply) -> float:
        """Score of one text; higher is more like something seen."""
        return loss(text, reply)

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Score every unit."""
        del seed  # nothing is drawn
        models = [subject.model]
        if Need.REFERENCE in self.needs and subject.reference is not None:
            models.append(subject.reference)
        moments = Need.VOCAB_MOMENTS in self.needs
        yield from scored(self.id, units, models, self.statistic, moments=moments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss(Score):
    """Is the text likelier to the model than the controls are?

    Fails when: the controls are easier or harder to predict for a reason other than memory.
    References: Yeom et al. 2018, arXiv 1709.01604.
    """

    id: ClassVar[str] = "logprob.loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zlib(Score):
    """Is the text likelier to the model than its compressed size lets expect?

    Fails when: the controls repeat themselves more or less than the items.
    References: Carlini et al. 2021, arXiv 2012.07805.
    """

    id: ClassVar[str] = "logprob.zlib"

    def statistic(self, text: str, reply: Reply) -> float:
        """Log-probability per compressed byte."""
        return zlib_ratio(text, reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinK(Score):
    """Are the text's least likely tokens likelier than those of the controls?

    Fails when: the model saw each text once in a long training: then it is near chance; and under
    any shift between items and controls.
    References: Shi et al. 2024, arXiv 2310.16789.
    """

    id: ClassVar[str] = "logprob.mink"
    share: float = 0.2

    def statistic(self, text: str, reply: Reply) -> float:
        """Mean of the lowest share of log-probabilities, in nats."""
        del text
        return lowest_mean(reply.logprobs, self.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinKPlusPlus(Score):
    """Are the text's least likely tokens likelier than others that could stand in their places?

    Fails when: as Min-K%; and where a server gives the top tokens only, not the whole vocabulary.
    References: Zhang et al. 2025, arXiv 2404.02936.
    """

    id: ClassVar[str] = "logprob.minkpp"
    needs: ClassVar[Need] = Need.ITEMS | Need.LOGPROBS | Need.VOCAB_MOMENTS
    share: float = 0.2

    def statistic(self, text: str, reply: Reply) -> float:
        """Mean of the lowest share of standardised log-probabilities."""
        del text
        return lowest_mean(standardised(reply), self.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossRatio(Score):
    """Is the text likelier to the model than to the reference, per byte, beyond the controls?

    Fails when: the reference saw the items too; or the model learned more than the reference
    about what the items have and the controls have not.
    References: Carlini et al. 2021, arXiv 2012.07805; Mireshghallah et al. 2022, arXiv 2203.03929.
    """

    id: ClassVar[str] = "logprob.loss.ref"
    needs: ClassVar[Need] = Need.ITEMS | Need.LOGPROBS | Need.REFERENCE

    def statistic(self, text: str, reply: Reply) -> float:
        """Log-probability per byte: the two models may cut the text into other tokens."""
        return math.fsum(reply.logprobs) / len(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True, kw_only=True)
class MinKRatio(MinK):
    """Is the Min-K% score higher than the reference model's, beyond the controls?

    Fails when: the reference saw the items too.
    References: Shi et al. 2024, arXiv 2310.16789; Carlini et al. 2021, arXiv 2012.07805.
    """

    id: ClassVar[str] = "logprob.mink.ref"
    needs: ClassVar[Need] = Need.ITEMS | Need.LOGPROBS | Need.REFERENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class MinKPlusPlusRatio(MinKPlusPlus):
    """Is the Min-K%++ score higher than the reference model's, beyond the controls?

    Fails when: the reference saw the items too.
    References: Zhang et al. 2025, arXiv 2404.02936; Carlini et al. 2021, arXiv 2012.07805.
    """

    id: ClassVar[str] = "logprob.minkpp.ref"
    needs: ClassVar[Need] = Need.ITEMS | Need.LOGPROBS | Need.VOCAB_MOMENTS | Need.REFERENCE
