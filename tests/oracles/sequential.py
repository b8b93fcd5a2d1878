"""Confidence sequences by betting: one candidate mean and one value at a time."""

import math

GRID = 1_000


def _floors(values: list[float], alpha: float, population: int | None) -> list[float]:
    """Return the highest grid point that has been ruined by each step."""
    ruined_at = {}
    for point in range(GRID + 1):
        ruined_at[point] = _ruin(values, point / GRID, alpha, population)
    return [
        max((point for point, step in ruined_at.items() if step <= t), default=0) / GRID
        for t in range(len(values))
    ]


def _ruin(values: list[float], mean: float, alpha: float, population: int | None) -> float:
    """Return the step at which a bettor against "the mean is at most this" has won 2 / alpha."""
    wealth, total, squares, estimate = 0.0, 0.0, 0.25, 0.5
    variance = 0.25
    for t, x in enumerate(values, start=1):
        target = mean
        if population is not None:
            target = (population * mean - total) / (population - t + 1)
            if target < -1e-9:
                return t - 1
        target = min(max(target, 1e-12), 1.0)
        stake = math.sqrt(2 * math.log(2 / alpha) / (variance * t * math.log(1 + t)))
        wealth += math.log(1 + min(stake, 0.5 / target) * (x - target))
        if wealth >= math.log(2 / alpha):
            return t - 1
        total += x
        estimate = (0.5 + total) / (t + 1)
        squares += (x - estimate) ** 2
        variance = squares / (t + 1)
    return math.inf


def bounds(
    values: list[float], alpha: float, population: int | None = None
) -> tuple[list[float], list[float]]:
    """Return lower and upper bounds of the mean of values in 0..1 after each step."""
    low = _floors(values, alpha, population)
    high = [1 - floor for floor in _floors([1 - x for x in values], alpha, population)]
    if population is not None:
        for t in range(len(values)):
            seen = sum(values[: t + 1])
            low[t] = max(low[t], seen / population)
            high[t] = min(high[t], (seen + population - t - 1) / population)
    return low, high
