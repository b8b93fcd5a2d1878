"""Who harvests: campaigns in the shapes that providers disclosed, each a handful of numbers.

Disclosed between February and September 2026: 100 to 25,000 accounts, 5 to 850 exchanges a day and
account; one injected prompt or ten thousand variants of one; relays of real users' requests; traces
of reasoning; half of the traffic on a new model within a day; a burst of probing before the rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from typing import ClassVar

import numpy as np

from assay.core.errors import BadConfig
from assay.traffic.simulate import content
from assay.traffic.simulate.cast import EMAILS, NETWORKS, NEVER, Cohort, Deal
from assay.traffic.simulate.draws import Records, keyed
from assay.traffic.simulate.pools import organic
from assay.traffic.simulate.shapes import HUMAN
from assay.traffic.simulate.stage import DAY, Stage

__all__ = ["CAMPAIGNS", "Campaign", "Harvest", "Mixed", "Pivot", "Probing", "Relay", "Template"]


def within(low: float, high: float) -> dict[str, tuple[float, float]]:
    """Say between which values a parameter lies; strings are read and refused by it."""
    return {"within": (low, high)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign(ABC):
    """What all campaigns have: a pool of accounts and how well it hides."""

    name: ClassVar[str] = ""
    accounts: int = field(default=100, metadata=within(2, 100_000))
    """How many, over the whole log."""
    rate: float = field(default=26.0, metadata=within(0.1, 5000))
    """Exchanges a day and account."""
    dilution: float = field(default=0.0, metadata=within(0, 0.9))
    """Share of an account's requests that only look honest."""
    jitter: float = field(default=0.0, metadata=within(0, 1440))
    """Minutes by which each request is held back, at most."""
    isolation: float = field(default=0.5, metadata=within(0, 1))
    """Share of accounts with a User-Agent and a TLS fingerprint of their own."""
    proxies: float = field(default=0.8, metadata=within(0, 1))
    """Share of accounts behind residential proxies."""
    cards: int = field(default=20, metadata=within(1, 100_000))
    """Accounts that pay with one card."""
    fill: float = field(default=0.0, metadata=within(0, 1))
    """Share of its quota that an account uses; 0: quotas are those of their subscriptions."""
    rotation: int = field(default=1, metadata=within(1, 50))
    """Accounts that a place in the pool uses up: each is banned and replaced."""
    bought: float = field(default=0.0, metadata=within(0, 1))
    """Share of its accounts that others made, as long ago as customers make theirs."""
    begin: float = field(default=0.0, metadata=within(0, 1000))
    """Day of the log on which it begins."""
    even: int = field(default=0, metadata=within(0, 1))
    """1: requests go round the accounts in turn; 0: by lot, some accounts more often."""

    def __post_init__(self) -> None:
        for one in fields(self):
            low, high = one.metadata["within"]
            name, value = one.name, getattr(self, one.name)
            if not low <= value <= high:
                msg = (
                    f"campaign {self.name}: {name}={value} is not between {low} and {high}\n"
                    f"  next: --campaigns {self.name}:{name}={max(low, 1)}"
                )
                raise BadConfig(msg)
        if self.accounts < self.rotation:
            msg = (
                f"campaign {self.name}: accounts={self.accounts} cannot be replaced "
                f"rotation={self.rotation} times\n  next: --campaigns {self.name}:rotation=1"
            )
            raise BadConfig(msg)

    def cast(self, label: str, stage: Stage) -> Cohort:
        """Draw its accounts and what they are used for; `label` names it in the truth."""
        accounts = self._pool(label, stage)
        sources = self._work(stage, accounts)
        sources["begin"] = np.maximum(sources["begin"], self.begin * DAY)
        sources["jitter"] = self.jitter * 60
        self._rotate(stage, accounts, sources)
        self._buy(stage, accounts)
        return Cohort(accounts, np.concatenate([sources, self._cover(stage, accounts)]))

    def _pool(self, label: str, stage: Stage) -> Records:
        count, rng = self.accounts, stage.rng
        group = np.full(count, stage.groups)
        stage.groups += 1
        accounts = stage.accounts("distillation", group)
        accounts["campaign"] = label
        accounts["created"] = self.begin * DAY - stage.spread(15 * DAY, 0.9, count)
        accounts["email"] = rng.choice(
            (EMAILS.index("free"), EMAILS.index("disposable")), count, p=(0.5, 0.5)
        )
        accounts["tier"] = rng.choice((1, 2, 4), count)
        accounts["payment"] = keyed(stage.fresh(1), np.arange(count) // self.cards)
        stage.entitle(accounts)
        usual = np.maximum(accounts["quota"], 4 * self.rate)
        accounts["quota"] = np.ceil(self.rate / self.fill) if self.fill else usual
        hired = stage.chance(self.proxies, count)
        accounts["proxies"] = np.where(hired, 4000, 0)
        accounts["network"] = np.where(
            hired, NETWORKS.index("residential"), NETWORKS.index("hosting")
        )
        accounts["away"] = 0
        hosts = stage.fresh(max(1, count // 30))  # those without proxies leave from a few servers
        accounts["prefix"] = np.where(hired, accounts["prefix"], rng.choice(hosts, count))
        accounts["asn"] = np.where(hired, accounts["asn"], hosts[0] + np.uint64(1))
        self._headers(stage, accounts)
        return accounts

    def _headers(self, stage: Stage, accounts: Records) -> None:
        own = stage.chance(self.isolation, len(accounts))
        accounts["harness"] = stage.rng.choice((0, 1, 2))
        accounts["client"] = np.where(own, stage.fresh(len(accounts)), accounts["client"][0])
        accounts["tls"] = np.where(own, stage.fresh(len(accounts)), accounts["tls"][0])
        accounts["update"] = NEVER  # a profile that was made up is kept as it is

    @abstractmethod
    def _work(self, stage: Stage, accounts: Records) -> Records:
        """Return what these accounts send."""

    def _dispatch(self, stage: Stage, accounts: Records, templates: int) -> Records:
        """Return one queue of prompts, worked off day and night over all accounts."""
        sources = stage.sources(accounts[:1])
        content.prompts(stage, sources)
        sources["base"], sources["templates"] = stage.fresh(1), templates
        sources["template_tokens"] = stage.spread(1_000, 0.4, 1)
        sources["slots"], sources["begin"] = self.accounts, 0
        sources["rate"] = self.rate * self.accounts
        sources["profile"], sources["cv"] = HUMAN["always"], stage.rng.uniform(0.6, 1.1)
        sources["deal"] = Deal.ROUND if self.even else Deal.LOT
        sources["skew"], sources["temperature"], sources["embeds"] = 1.4, 1, 0
        sources["model"], sources["second_share"] = 0, 0.05
        sources["failover"] = True
        return sources

    def _rotate(self, stage: Stage, accounts: Records, sources: Records) -> None:
        if self.rotation == 1:
            return
        slots = self.accounts // self.rotation
        life = max(stage.span - self.begin * DAY, 1.0) / self.rotation
        sources["slots"], sources["lives"], sources["life"] = slots, self.rotation, life
        place = np.arange(self.accounts) % self.rotation
        bought = stage.spread(2 * DAY, 0.7, self.accounts)
        accounts["created"] = self.begin * DAY + (place - 1) * life - bought

    def _buy(self, stage: Stage, accounts: Records) -> None:
        """Let a share of the accounts be as old as customers' are."""
        old = stage.chance(self.bought, self.accounts)
        made = np.minimum(accounts["created"], -stage.ages(np.arange(self.accounts)))
        accounts["created"] = np.where(old, made, accounts["created"])

    def _cover(self, stage: Stage, accounts: Records) -> Records:
        """Return honest-looking chats of each account: the share that dilutes the rest."""
        sources = stage.sources(accounts)
        content.chat(stage, sources)
        sources["begin"] = np.maximum(accounts["created"], self.begin * DAY)
        sources["rate"] = self.rate * self.dilution / (1 - self.dilution) / sources["turns"]
        sources["days_on"] = 0.8
        return sources if self.dilution else sources[:0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Campaign):
    """One injected prompt, or thousands of variants of one, over all accounts."""

    name: ClassVar[str] = "template"
    variants: int = field(default=1, metadata=within(1, 1_000_000))
    """How many wordings of the prompt."""

    def _work(self, stage: Stage, accounts: Records) -> Records:
        return self._dispatch(stage, accounts, self.variants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay(Campaign):
    """Real users' requests through a pool: only the pool's working shows."""

    name: ClassVar[str] = "relay"
    rate: float = field(default=20.0, metadata=within(0.1, 5000))
    share_on: float = field(default=0.4, metadata=within(0.01, 1))
    """Share of the accounts whose turn it is."""
    hours: float = field(default=4.0, metadata=within(0.1, 168))
    """How long a turn lasts."""

    def _work(self, stage: Stage, accounts: Records) -> Records:
        sources = organic(stage, accounts, self.rate)
        sources["deal"] = Deal.TILED if self.share_on < 1 else Deal.STICKY
        sources["on"], sources["hours"] = self.share_on, self.hours
        return sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed(Relay):
    """A proxy network: a relay whose accounts also carry a template campaign."""

    name: ClassVar[str] = "mixed"
    variants: int = field(default=10_000, metadata=within(1, 1_000_000))
    harvest: float = field(default=0.5, metadata=within(0, 1))
    """Share of the requests that the campaign sends; the rest is customers'."""

    def _work(self, stage: Stage, accounts: Records) -> Records:
        customers = organic(stage, accounts, self.rate * (1 - self.harvest))
        customers["deal"], customers["on"], customers["hours"] = (
            Deal.TILED,
            self.share_on,
            self.hours,
        )
        sources = self._dispatch(stage, accounts, self.variants)
        sources["rate"] *= self.harvest
        return np.concatenate([customers, sources])


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest(Campaign):
    """Traces of reasoning: short in, long out, several wordings of one instruction."""

    name: ClassVar[str] = "harvest"
    rate: float = field(default=120.0, metadata=within(0.1, 5000))
    variants: int = field(default=30, metadata=within(1, 1_000_000))

    def _work(self, stage: Stage, accounts: Records) -> Records:
        sources = self._dispatch(stage, accounts, self.variants)
        content.thinking(sources)
        sources["template_tokens"], sources["max_tokens"] = 300, 32_000
        sources["filtered"] = 0.02
        return sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Pivot(Campaign):
    """A campaign that turns to the new model within hours of its release."""

    name: ClassVar[str] = "pivot"
    rate: float = field(default=60.0, metadata=within(0.1, 5000))
    variants: int = field(default=1000, metadata=within(1, 1_000_000))
    share: float = field(default=0.5, metadata=within(0, 1))
    """Share of the traffic that goes to the new model."""
    within_hours: float = field(default=24.0, metadata=within(0, 168))

    def _work(self, stage: Stage, accounts: Records) -> Records:
        parts = [self._dispatch(stage, accounts, self.variants) for _ in range(8)]
        sources = np.concatenate(parts)
        sources["base"] = sources["base"][0]
        sources["rate"] /= len(parts)
        sources["moves_after"] = self.within_hours * 3600 * np.arange(8) / 8
        sources["move"] = self.share
        return sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Probing(Template):
    """A burst in which each request tries another way of extraction, then the harvest itself."""

    name: ClassVar[str] = "probing"
    burst: int = field(default=1200, metadata=within(1, 1_000_000))
    """Requests of the burst; 12,000 were disclosed."""
    hours: float = field(default=12.0, metadata=within(0.1, 168))
    wait: float = field(default=1.0, metadata=within(0, 100))
    """Days from the burst's begin to the harvest's."""

    def _work(self, stage: Stage, accounts: Records) -> Records:
        harvest, burst = (self._dispatch(stage, accounts, n) for n in (self.variants, 0))
        harvest["begin"] = (self.begin + self.wait) * DAY
        burst["begin"] = self.begin * DAY
        burst["end"] = burst["begin"] + self.hours * 3600
        burst["rate"] = self.burst / self.hours * 24
        burst["slots"], burst["filtered"] = max(1, self.accounts // 20), 0.35
        burst["cv"], burst["template_tokens"] = 2.5, 0
        return np.concatenate([burst, harvest])

    def _rotate(self, stage: Stage, accounts: Records, sources: Records) -> None:
        few = sources["slots"][0]
        super(Probing, self)._rotate(stage, accounts, sources)
        sources["slots"][0] = min(few, sources["slots"][0])


CAMPAIGNS: dict[str, type[Campaign]] = {
    one.name: one for one in (Template, Relay, Mixed, Harvest, Pivot, Probing)
}
"""By name, as `--campaigns` gives them."""
