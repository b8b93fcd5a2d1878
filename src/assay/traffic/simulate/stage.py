"""What the kinds of accounts have in common before they differ: a world to draw from."""

from __future__ import annotations

import numpy as np

from assay.traffic.simulate.cast import (
    ACCOUNT,
    EMAILS,
    HARNESSES,
    NETWORKS,
    NEVER,
    SOURCE,
    TIERS,
    Deal,
)
from assay.traffic.simulate.draws import Floats, Hashes, Ints, Records, keyed
from assay.traffic.simulate.shapes import GAPS, HUMAN, Shapes

__all__ = ["BENCHMARKS", "DAY", "MODELS", "Stage"]

DAY = 86_400.0
MODELS = ("lumen-1-large", "lumen-1-small", "lumen-large-latest", "lumen-0-large", "lumen-2-large")
"""Made-up names: two in use, an alias, one that is withdrawn when the last one is released."""
ALIAS, WITHDRAWN, NEWEST = 2, 3, 4
BENCHMARKS = (164, 198, 500, 541, 1319, 300, 448, 817)
"""Items of well-known benchmarks: HumanEval, GPQA Diamond, MATH-500, IFEval, GSM8K and others."""
ZONES = np.array([-8, -6, -5, -3, 0, 1, 1, 2, 3, 5, 8, 8, 9, 10])
"""Hours from UTC, about as people are spread."""


class Stage:
    """What is there to draw from, for all kinds of accounts of one week?

    Parameters
    ----------
    seed
        Same seed, same week.
    shapes
        Rhythms and lengths.
    span
        Length of the log in seconds.
    release
        When a new model comes, in seconds from the start; infinity: never.
    """

    def __init__(self, seed: int, shapes: Shapes, span: float, release: float) -> None:
        self.rng = np.random.default_rng(seed)
        self.shapes, self.span, self.release = shapes, span, release
        self.groups = 0
        # What unrelated customers share because the same software sends it.
        self.chats, self.tools, self.suites, self.products, self.clients, self.carriers = (
            self.fresh(n) for n in (7, 12, 60, 24, 40, 400)
        )

    def fresh(self, count: int) -> Hashes:
        """Draw names that nobody else has."""
        return self.rng.integers(1, 2**63, count).astype(np.uint64)

    def spread(self, median: float, sigma: float, count: int) -> Floats:
        """Draw positive numbers around a median."""
        return np.asarray(median * np.exp(sigma * self.rng.standard_normal(count)))

    def chance(self, probability: float, count: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Draw yes or no."""
        return self.rng.random(count) < probability

    def popular(self, names: Hashes, count: int) -> Hashes:
        """Draw from names of which the first are the most frequent."""
        return names[(len(names) * self.rng.random(count) ** 2.5).astype(np.int64)]

    def grouped(self, count: int, alone: float, most: int = 200) -> Ints:
        """Put accounts into groups: singles, and sizes 2 to `most` with a long tail.

        Parameters
        ----------
        count
            How many accounts.
        alone
            Share of accounts without company.
        """
        most = min(most, max(2, count // 4))  # of a small week no group is all
        sizes: list[int] = [1] * round(count * alone)
        left = count - len(sizes)
        while left > 0:
            size = int(min(2 * self.rng.random() ** (-1 / 0.9), most, left))
            sizes.append(size)
            left -= size
        numbers = np.repeat(np.arange(len(sizes)), np.array(sizes, np.int64)) + self.groups
        self.groups += len(sizes)
        return numbers

    def accounts(self, kind: str, group: Ints) -> Records:
        """Return ordinary accounts: of some age, each with a card, an address and a client."""
        count, rng = len(group), self.rng
        made = np.zeros(count, ACCOUNT)
        made["kind"], made["group"], made["origin"] = kind, group, -1
        made["created"] = -self.ages(group)
        made["tier"] = rng.choice(len(TIERS), count, p=(0.45, 0.3, 0.1, 0.05, 0.07, 0.03))
        made["email"] = rng.choice(len(EMAILS), count, p=(0.9, 0.03, 0.05, 0.02))
        self.entitle(made)
        made["payment"] = np.where(made["tier"] > 0, self.fresh(count), 0)
        made["prefix"], made["asn"] = self.fresh(count), self.popular(self.carriers, count)
        made["other_prefix"] = self.popular(self.carriers, count) + np.uint64(1)
        made["other_asn"] = self.popular(self.carriers, count)
        made["other_network"] = NETWORKS.index("mobile")
        made["away"] = np.where(self.chance(0.6, count), rng.beta(1.5, 4, count), 0)
        made["client"] = self.popular(self.clients, count)
        made["update"] = rng.uniform(-7 * DAY, 14 * DAY, count)
        made["tls"] = keyed(made["client"] % np.uint64(9), 77)
        return made

    def ages(self, group: Ints) -> Floats:
        """Draw how long ago, in seconds, accounts were made: by and by, or a whole group at once.

        One customer in eight has come within three weeks. Of groups a third were made in one go:
        a team that was signed up, a class, the keys of a fleet.
        """
        _, which = np.unique(group, return_inverse=True)
        groups = int(which.max(initial=-1)) + 1
        founded = self.spread(200 * DAY, 1.1, groups)
        young = self.chance(0.125, groups)
        founded[young] = self.rng.uniform(0, 21 * DAY, int(young.sum()))
        alone = np.bincount(which, minlength=groups) == 1
        at_once = (self.chance(1 / 3, groups) | alone)[which]
        since = np.where(at_once, 1, self.rng.random(len(which)))
        return np.asarray(founded[which] * since)

    def sources(self, accounts: Records) -> Records:
        """Return one source for each account, asking in the rhythm of people."""
        count, rng = len(accounts), self.rng
        made = np.zeros(count, SOURCE)
        made["first"], made["slots"], made["deal"] = np.arange(count), 1, Deal.ROUND
        made["lives"], made["life"], made["skew"], made["on"], made["hours"] = 1, NEVER, 1, 1, 1
        made["throttle"] = 0.0005
        made["profile"], made["cv"] = HUMAN["evening"], 1
        made["shift"] = -6 * rng.choice(ZONES, count) + rng.integers(-3, 4, count)
        made["begin"], made["end"] = accounts["created"], NEVER
        made["days_on"], made["turns"], made["most"] = 1, 1, 400
        made["gap"], made["gaps"], made["templates"] = 45, GAPS["human"], -1
        made["input"] = made["output"] = 1
        made["model"] = rng.choice(4, count, p=(0.42, 0.42, 0.1, 0.06))
        made["second"] = rng.choice(2, count)
        made["second_share"] = np.where(self.chance(0.3, count), rng.beta(1, 3, count), 0)
        # Honest users come to a new model over days, not all of them, and nearly never whole.
        made["moves_after"] = self.spread(4 * DAY, 1.2, count)
        made["move"] = rng.beta(1.2, 2, count)
        moved = np.isin(made["model"], (ALIAS, WITHDRAWN))
        made["moves_after"][moved], made["move"][moved] = 0, 1
        made["temperature"] = np.nan
        made["filtered"] = 0.002
        return made

    def tie(self, accounts: Records, *fields: str) -> None:
        """Give the accounts of one group the same card, address, ... as its first one."""
        _, first, which = np.unique(accounts["group"], return_index=True, return_inverse=True)
        for field in fields:
            accounts[field] = accounts[field][first][which]

    def company(self, accounts: Records, network: str = "hosting") -> None:
        """Make each group an organisation with one bill and one network."""
        accounts["email"] = EMAILS.index("company")
        accounts["org"] = self.fresh(len(accounts))
        accounts["payment"] = self.fresh(len(accounts))
        accounts["network"] = NETWORKS.index(network)
        accounts["away"] = 0
        accounts["tier"] = self.rng.choice((3, 4, 5), len(accounts))
        self.tie(accounts, "org", "payment", "prefix", "asn", "client", "tls", "tier", "email")
        self.entitle(accounts)

    @staticmethod
    def entitle(accounts: Records) -> None:
        """Grant what each one's subscription allows: requests a day and a minute."""
        accounts["quota"] = np.array([300, 1000, 3000, 20_000, 50_000, 200_000])[accounts["tier"]]
        accounts["limit"] = np.array([20, 60, 120, 600, 1500, 3000])[accounts["tier"]]

    def rhythm(self, accounts: Records, sources: Records, pool: str, median: float) -> None:
        """Give each source the rhythm, the burstiness and the lengths of a client of this class.

        Volumes keep the order and about the spread of the clients', around this many requests a
        day: the clients of the public traces are whole services, 200 times as large.
        """
        rows = self.rng.choice(self.shapes.pools[pool], len(sources))
        sources["profile"], accounts["origin"] = rows, self.shapes.origin[rows]
        sources["cv"], sources["weibull"] = self.shapes.cvs[rows], self.shapes.weibull[rows] > 0
        volumes = self.shapes.volumes[rows]
        middle = np.median(self.shapes.volumes[self.shapes.pools[pool]])
        ratio = np.clip((volumes / middle) ** 0.6, 0.05, 12)
        sources["rate"] = median * ratio * self.spread(1, 0.3, len(sources))
        sources["shift"] = 144 * self.rng.integers(0, 14, len(sources))
        lengths = self.shapes.lengths[rows]
        known = lengths >= 0
        sources["lengths"][known] = lengths[known]

    @staticmethod
    def harness(accounts: Records, name: str) -> None:
        """Say which kind of client program these accounts use."""
        accounts["harness"] = HARNESSES.index(name)
