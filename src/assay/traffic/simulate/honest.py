"""Who is honest: eight kinds of accounts, each with those that look worst (`hard`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from assay.traffic.simulate import content
from assay.traffic.simulate.cast import EMAILS, NETWORKS, Cohort, Deal
from assay.traffic.simulate.draws import Records
from assay.traffic.simulate.hard import Some, harden
from assay.traffic.simulate.pools import organic, pooled
from assay.traffic.simulate.shapes import HUMAN
from assay.traffic.simulate.stage import DAY, Stage

__all__ = ["HONEST", "Kind"]


class Kind(Protocol):
    """One kind of honest customers."""

    @property
    def share(self) -> float:
        """Of all honest accounts."""
        ...

    @property
    def hard(self) -> float:
        """Of these, hard negatives."""
        ...

    def cast(self, count: int, stage: Stage) -> Cohort:
        """Draw that many accounts and what stands behind them."""
        ...


@dataclass(frozen=True, slots=True)
class Individual:
    """A person who chats: a few questions a day, by day, at home and on the way."""

    name: ClassVar[str] = "individual"
    share: float = 0.56
    hard: float = 0.12

    def cast(self, count: int, stage: Stage) -> Cohort:
        """Draw people; one in ten shares card and address with a household or a small office."""
        accounts = stage.accounts(self.name, stage.grouped(count, alone=0.9, most=6))
        stage.tie(accounts, "payment", "prefix", "asn")
        sources = stage.sources(accounts)
        content.chat(stage, sources)
        stage.harness(accounts, "chat-app")
        traits = ("newcomer", "adopter", "night", "heavy", "thinker", "rented")
        return harden(stage, Cohort(accounts, sources), self.hard, traits)


@dataclass(frozen=True, slots=True)
class Coding:
    """A person who programs with an assistant: sessions, tools, caching; often a team's seat."""

    name: ClassVar[str] = "coding"
    share: float = 0.14
    hard: float = 0.15

    def cast(self, count: int, stage: Stage) -> Cohort:
        """Draw programmers, more than half of them in teams of 2 to 200."""
        accounts = stage.accounts(self.name, stage.grouped(count, alone=0.4))
        accounts["tier"] = stage.rng.choice((1, 2, 2), count)
        accounts["payment"] = stage.fresh(count)
        stage.entitle(accounts)
        sources = stage.sources(accounts)
        content.coding(stage, sources)
        team = _in_groups(accounts)
        seats, shift = accounts[team], sources["shift"]
        stage.company(seats, "company")
        seats["away"] = 0.3  # from home
        accounts[team] = seats
        stage.harness(accounts, "coding")
        accounts["tls"] = sources["base"] % np.uint64(5) + np.uint64(3)
        sources["shift"] = shift[np.unique(accounts["group"], return_index=True)[1]][
            _rank(accounts)
        ]
        traits = ("newcomer", "adopter", "night", "heavy", "thinker", "rented")
        return harden(stage, Cohort(accounts, sources), self.hard, traits)


@dataclass(frozen=True, slots=True)
class Application:
    """A company's program: a template, day and night as its users have them, several keys."""

    name: ClassVar[str] = "application"
    share: float = 0.09
    hard: float = 0.3
    rate: float = 15.0

    def cast(self, count: int, stage: Stage) -> Cohort:
        """Draw keys of companies, 1 to 8 each, which mostly send the same template."""
        accounts = stage.accounts(self.name, stage.grouped(count, alone=0.5, most=8))
        stage.company(accounts)
        sources = stage.sources(accounts)
        content.prompts(stage, sources)
        sources["base"] = sources["base"][np.unique(accounts["group"], return_index=True)[1]][
            _rank(accounts)
        ]
        stage.rhythm(accounts, sources, "application", self.rate)
        stage.harness(accounts, "sdk")
        traits = ("newcomer", "adopter", "product", "product", "thinker")
        return harden(stage, Cohort(accounts, sources), self.hard, traits)


@dataclass(frozen=True, slots=True)
class Chatbot:
    """A customer's chatbot with millions of users: conversations without end, one template."""

    name: ClassVar[str] = "chatbot"
    share: float = 0.015
    hard: float = 0.25
    rate: float = 60.0

    def cast(self, count: int, stage: Stage) -> Cohort:
        """Draw keys of companies, up to 4 each."""
        accounts = stage.accounts(self.name, stage.grouped(count, alone=0.6, most=4))
        stage.company(accounts)
        sources = stage.sources(accounts)
        content.prompts(stage, sources)
        sources["talks"], sources["growth"], sources["turns"] = True, 250, 3
        sources["streams"], sources["gap"], sources["embeds"] = 1, 40, 0
        stage.rhythm(accounts, sources, "chatbot", self.rate)
        sources["rate"] /= sources["turns"]
        stage.harness(accounts, "sdk")
        return harden(
            stage, Cohort(accounts, sources), self.hard, ("newcomer", "adopter", "thinker")
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """A pipeline: labels, summaries, synthetic data; day and night, smooth, one template."""

    name: ClassVar[str] = "batch"
    share: float = 0.03
    hard: float = 0.5
    rate: float = 40.0

    def cast(self, count: int, stage: Stage) -> Cohort:
        """Draw pipelines; the hard ones deal their work out over up to 10 keys, turn by turn."""
        spread = round(count * self.hard / 2)
        plain = stage.accounts(self.name, stage.grouped(count - spread, alone=0.7, most=10))
        keys = stage.accounts(self.name, stage.grouped(spread, alone=0, most=10))
        keys["hard"] = "balanced"
        for one in (plain, keys):
            stage.company(one)
            stage.harness(one, "http")
        sources = stage.sources(plain)
        self._work(stage, plain, sources)
        traits = ("newcomer", "adopter", "thinker", "thinker")
        single = harden(stage, Cohort(plain, sources), self.hard / 2, traits)
        return pooled(stage, single, keys, self._work)

    def _work(self, stage: Stage, accounts: Records, sources: Records) -> None:
        content.prompts(stage, sources, "bulk")
        stage.rhythm(accounts, sources, "batch", self.rate)
        stretched = stage.chance(0.6, len(sources))  # a queue with a fixed number of workers
        sources["cv"][stretched] = stage.rng.uniform(0.4, 0.9, int(stretched.sum()))
        sources["deal"], sources["failover"] = Deal.ROUND, True


@dataclass(frozen=True, slots=True)
class Agents:
    """A fleet: many accounts of one organisation, tools, long contexts, one harness and network."""

    name: ClassVar[str] = "agents"
    share: float = 0.06
    hard: float = 0.3

    def cast(self, count: int, stage: Stage) -> Cohort:
        """Draw fleets of 2 to 200 accounts."""
        accounts = stage.accounts(self.name, stage.grouped(count, alone=0.05))
        stage.company(accounts)
        sources = stage.sources(accounts)
        content.agents(stage, sources)
        one_each = np.unique(accounts["group"], return_index=True)[1]
        for field in ("base", "tools", "profile", "model", "shift", "moves_after", "move"):
            sources[field] = sources[field][one_each][_rank(accounts)]
        stage.harness(accounts, "agent")
        traits = ("newcomer", "adopter", "night", "thinker")
        return harden(stage, Cohort(accounts, sources), self.hard, traits)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluation lab or a university: whole benchmarks in bursts, all models at a release."""

    name: ClassVar[str] = "evaluation"
    share: float = 0.045
    hard: float = 0.5

    def cast(self, count: int, stage: Stage) -> Cohort:
        """Draw labs; the hard ones sit behind one address of a university and share its cards."""
        accounts = stage.accounts(self.name, stage.grouped(count, alone=0.25, most=80))
        campus = _in_groups(accounts) & (accounts["group"] % 2 == 0)
        stage.company(accounts)
        accounts["email"][campus] = EMAILS.index("university")
        accounts["network"][campus] = NETWORKS.index("university")
        accounts["hard"][campus] = "campus"
        sources = stage.sources(accounts)
        content.benchmarks(stage, sources)
        stage.harness(accounts, "evaluation")
        sources["moves_after"], sources["move"] = stage.rng.uniform(0, 1.5 * DAY, count), 0.6
        cohort = harden(
            stage, Cohort(accounts, sources), self.hard, ("redteam", "newcomer", "night")
        )
        return _at_release(stage, cohort)


@dataclass(frozen=True, slots=True)
class Reseller:
    """An authorised reseller or router: many users behind many keys, moved when a key fails."""

    name: ClassVar[str] = "reseller"
    share: float = 0.05
    hard: float = 0.5

    def cast(self, count: int, stage: Stage) -> Cohort:
        """Draw resellers with 2 to 200 keys; the hard ones use their keys in turns of hours."""
        accounts = stage.accounts(self.name, stage.grouped(count, alone=0))
        stage.company(accounts)
        stage.harness(accounts, "http")
        accounts["passes"] = accounts["group"] % 3 == 0
        hidden = accounts["group"] % 3 == 1  # says that it is what its users use
        accounts["client"][hidden] = stage.popular(stage.clients, int(hidden.sum()))
        place = _rank(accounts) + 1  # every other one, not by lot: a small week has few
        tiled = np.ceil(place * self.hard) > np.ceil((place - 1) * self.hard)
        accounts["hard"] = np.where(tiled, "tiled", "")
        sources = organic(stage, accounts, rate=25.0)
        sources["deal"] = np.where(tiled[sources["first"]], Deal.TILED, Deal.STICKY)
        sources["on"], sources["hours"] = 0.4, stage.rng.choice((3, 6, 12), len(sources))
        return Cohort(accounts, sources)


def _in_groups(accounts: Records) -> Some:
    """Which accounts have company?"""
    rank = _rank(accounts)
    return np.asarray(np.bincount(rank)[rank] > 1)


def _rank(accounts: Records) -> NDArray[np.int64]:
    """Which group, counted from 0, is each account's?"""
    return np.unique(accounts["group"], return_inverse=True)[1]


def _at_release(stage: Stage, cohort: Cohort) -> Cohort:
    """Let two thirds of these test the new model when it comes, beside the old ones."""
    if not np.isfinite(stage.release):
        return cohort
    extra = cohort.sources[stage.chance(0.67, len(cohort.sources))].copy()
    extra["begin"] = np.maximum(
        extra["begin"], stage.release + stage.rng.uniform(0, DAY, len(extra))
    )
    extra["end"], extra["rate"] = extra["begin"] + DAY, stage.spread(1.2, 0.5, len(extra))
    extra["profile"], extra["moves_after"], extra["move"] = HUMAN["always"], 0, 0.6
    return Cohort(cohort.accounts, np.concatenate([cohort.sources, extra]))


HONEST: tuple[Kind, ...] = (
    Individual(), Coding(), Application(), Chatbot(), Batch(), Agents(), Evaluation(), Reseller(),
)  # fmt: skip
"""In reading order; the shares of all sum to about 1."""
