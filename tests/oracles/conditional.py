"""Wealth over days against reference paths, by definition."""

import math
from math import nan

from scipy import integrate


def mixture_e(p: float) -> float:
    """Integrate the power calibrators numerically."""
    area, _ = integrate.quad(lambda kappa: kappa * p ** (kappa - 1), 0, 1, epsabs=0, epsrel=1e-11)
    return float(area)


def mean_before(path: list[float], day: int) -> float:
    """Average what was measured before this day; nan when nothing was."""
    past = [x for x in path[:day] if not math.isnan(x)]
    return sum(past) / len(past) if past else nan


def bet(pool: list[list[float]], member: int, day: int, near: int) -> float:
    """Rank one member on one day: among all on its first, among those of like past later."""
    mine = pool[member][day]
    if math.isnan(mine):
        return 1.0
    there = [i for i in range(len(pool)) if not math.isnan(pool[i][day])]
    if math.isnan(mean_before(pool[member], day)):
        around = there
    else:
        known = [i for i in there if not math.isnan(mean_before(pool[i], day))]
        known.sort(key=lambda i: mean_before(pool[i], day))
        there, width = known, min(near + 1, len(known))
        first = min(max(known.index(member) - width // 2, 0), len(known) - width)
        around = known[first : first + width]
    if len(there) < 11:
        return 1.0
    return mixture_e(sum(pool[i][day] >= mine for i in around) / len(around))


def shared_wealth(pool: list[list[float]], near: int) -> list[list[float]]:
    """Let the members bet day by day; those measured then share what they owned before."""
    owned = [1.0] * len(pool)
    days = []
    for day in range(len(pool[0])):
        seen = [i for i in range(len(pool)) if not math.isnan(pool[i][day])]
        won = {i: owned[i] * bet(pool, i, day, near) for i in seen}
        stake = sum(owned[i] for i in seen)
        for i in seen:
            owned[i] = won[i] * stake / sum(won.values())
        days.append(list(owned))
    return [list(path) for path in zip(*days, strict=True)]
