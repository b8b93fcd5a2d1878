"""E-values by definition."""


def e_bh(evalues: list[float], q: float) -> list[bool]:
    """Try every number of rejections, from the largest down."""
    m = len(evalues)
    ordered = sorted(evalues, reverse=True)
    for k in range(m, 0, -1):
        if ordered[k - 1] >= m / (q * k):
            return [e >= ordered[k - 1] for e in evalues]
    return [False] * m


def rank_e(rank: int, n: int) -> float:
    """Average five normalised power laws, each summed term by term."""
    total = 0.0
    for exponent in (0.0, 0.25, 0.5, 1.0, 2.0):
        mean = sum(r**-exponent for r in range(1, n + 1)) / n
        total += rank**-exponent / mean
    return total / 5
