"""Label betting as one would do it by hand: one item, one bettor, one number at a time."""

import math
from statistics import NormalDist

SHIFTS = {0.5: 0.30, 0.7: 0.25, 1.0: 0.20, 1.6: 0.15, 2.5: 0.10}
LEAKED = {1.0: 0.8, 0.25: 0.2}
RIDGE = 8.0


def normal_rank(value: float, earlier: list[float]) -> float:
    """Return where the value stands among the earlier ones, as a normal score."""
    if math.isnan(value):
        return 0.0
    known = [other for other in earlier if not math.isnan(other)]
    below = sum(other < value for other in known)
    equal = sum(other == value for other in known)
    return NormalDist().inv_cdf((below + equal / 2 + 0.5) / (len(known) + 1))


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a small linear system by elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for i in range(size):
        for j in range(size):
            if j != i:
                factor = rows[j][i] / rows[i][i]
                rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [rows[i][size] / rows[i][i] for i in range(size)]


def learned_weights(past: list[list[float]], labels: list[bool], d: int) -> list[float]:
    """Return ridge discriminant weights from past normal scores and labels, negative ones cut."""
    ones = [row for row, label in zip(past, labels, strict=True) if label]
    zeros = [row for row, label in zip(past, labels, strict=True) if not label]
    count = len(past)
    spread = [[0.0] * d for _ in range(d)]
    for group in (ones, zeros):
        for i in range(d):
            for j in range(d):
                mean_i = sum(row[i] for row in group) / max(len(group), 1)
                mean_j = sum(row[j] for row in group) / max(len(group), 1)
                spread[i][j] += sum((row[i] - mean_i) * (row[j] - mean_j) for row in group)
    for i in range(d):
        spread[i][i] += RIDGE
    spread = [[cell / (count + RIDGE) for cell in row] for row in spread]
    pull = []
    for i in range(d):
        gap = sum(r[i] for r in ones) / (len(ones) + 1) - sum(r[i] for r in zeros) / (
            len(zeros) + 1
        )
        pull.append((count * gap + RIDGE) / (count + RIDGE))
    return [max(weight, 0.0) for weight in solve(spread, pull)]


def streams(rows: list[list[float]], labels: list[bool]) -> list[tuple[float, list[float]]]:
    """Return every scalar stream that is bet on, each with its weight."""
    d = len(rows[0])
    columns = [
        [normal_rank(rows[t][j], [row[j] for row in rows[:t]]) for t in range(len(rows))]
        for j in range(d)
    ]
    if d == 1:
        return [(1.0, columns[0])]
    normal = [[columns[j][t] for j in range(d)] for t in range(len(rows))]
    sums = [round(sum(row), 9) for row in normal]
    plain = [normal_rank(sums[t], sums[:t]) for t in range(len(rows))]
    learned = []
    for t in range(len(rows)):
        weights = learned_weights(normal[:t], labels[:t], d)
        values = [
            round(sum(w * z for w, z in zip(weights, row, strict=True)), 9)
            for row in normal[: t + 1]
        ]
        learned.append(normal_rank(values[t], values[:t]))
    return [(0.4, learned), (0.4, plain), *((0.2 / d, column) for column in columns)]


def factor(ratio: float, share: float, gamma: float, *, suspect: bool) -> float:
    """Return what one unit becomes when a bettor with this likelihood ratio meets this label."""
    if share in {0.0, 1.0}:
        return 1.0
    odds = share / (1 - share)
    bet = odds * ratio / (1 + odds * ratio)
    lowest = (odds / gamma) / (1 + odds / gamma)
    highest = (odds * gamma) / (1 + odds * gamma)
    fair = min(max(bet, lowest), highest)
    return bet / fair if suspect else (1 - bet) / (1 - fair)


def log_path(
    rows: list[list[float]],
    labels: list[bool],
    suspects_total: int,
    controls_total: int,
    gamma: float = 1.0,
) -> list[float]:
    """Return the log wealth of the whole family after each label."""
    size = suspects_total + controls_total
    pooled = suspects_total / size
    total = [0.0] * len(rows)
    for stream_weight, stream in streams(rows, labels):
        for delta, shift_weight in SHIFTS.items():
            for leaked, leaked_weight in LEAKED.items():
                wealth = stream_weight * shift_weight * leaked_weight
                for t, label in enumerate(labels):
                    spread = math.sqrt(1 + pooled * (1 - pooled) * delta**2)
                    full = math.exp(delta * spread * stream[t] + delta**2 * (pooled - 0.5))
                    ratio = 1 - leaked + leaked * full
                    left = (suspects_total - sum(labels[:t])) / (size - t)
                    wealth *= factor(ratio, left, gamma, suspect=label)
                    total[t] += wealth
    return [math.log(value) for value in total]
