"""The linkage of a case as a picture: accounts as points, links as lines, near where linked."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from assay.core.cases import Campaign, Tie
from assay.report.printable import shown

__all__ = ["MOST", "linkage"]

MOST = 60
"""Accounts that are drawn, the best linked: more would be a ball of wool."""
ROUNDS = 120
WIDE, HIGH, EDGE = 1000.0, 520.0, 26.0
Floats = NDArray[np.float64]


def linkage(case: Campaign) -> tuple[Markup, int] | None:
    """How do the accounts hang together? The picture, and how many accounts are in it."""
    degree = Counter(end for tie in case.ties for end in (tie.left, tie.right))
    drawn = [at for at, _ in degree.most_common(MOST)]
    place = {at: number for number, at in enumerate(drawn)}
    ties = [tie for tie in case.ties if tie.left in place and tie.right in place]
    if not ties:
        return None
    where = _placed(len(drawn), [(place[t.left], place[t.right]) for t in ties])
    most = max(tie.bits for tie in ties) or 1.0
    content = Markup("").join(_line(tie, where, place, most) for tie in ties)
    content += Markup("").join(_point(case, at, where[place[at]]) for at in drawn)
    label = f"{len(drawn)} accounts and {len(ties)} links of {case.id}"
    picture = Markup(
        '<svg class="graph" role="img" aria-label="{label}" viewBox="0 0 1000 520" width="100%">'
        "{content}</svg>"
    ).format(label=shown(label, 200), content=content)
    return picture, len(drawn)


def _placed(count: int, pairs: list[tuple[int, int]]) -> Floats:
    """Let all points repel and linked ones attract each other, from a circle, without chance."""
    turn = np.arange(count) * math.tau / count
    where = np.column_stack([np.cos(turn), np.sin(turn)])
    ends = np.array(pairs)
    near = 1.6 / math.sqrt(count)
    for step in range(ROUNDS):
        apart = where[:, None, :] - where[None, :, :]
        squared = np.maximum((apart**2).sum(axis=2), 1e-6)
        force = (apart * (near**2 / squared)[..., None]).sum(axis=1)
        along = where[ends[:, 0]] - where[ends[:, 1]]
        pull = along * np.linalg.norm(along, axis=1, keepdims=True) / near
        np.add.at(force, ends[:, 0], -pull)
        np.add.at(force, ends[:, 1], pull)
        force -= 0.6 * where  # parts without links to each other stay on the page
        length = np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-9)
        where += force / length * np.minimum(length, 0.12 * (1 - step / ROUNDS))
    low, high = where.min(axis=0), where.max(axis=0)
    share = (where - low) / np.maximum(high - low, 1e-9)
    placed: Floats = EDGE + share * (np.array([WIDE, HIGH]) - 2 * EDGE)
    return placed


def _line(tie: Tie, where: Floats, place: dict[int, int], most: float) -> Markup:
    (x1, y1), (x2, y2) = where[place[tie.left]], where[place[tie.right]]
    return Markup(
        '<line class="tie" x1="{a:.0f}" y1="{b:.0f}" x2="{c:.0f}" y2="{d:.0f}"'
        ' stroke-opacity="{o:.2f}"/>'
    ).format(a=x1, b=y1, c=x2, d=y2, o=0.15 + 0.55 * max(tie.bits, 0.0) / most)


def _point(case: Campaign, at: int, where: Floats) -> Markup:
    one = case.members[at]
    kind = "hit" if one.flagged else "member"
    size = 5 + 2.2 * math.log10(1 + one.requests)
    title = f"{one.account}: {one.requests:,} requests" + (", flagged" if one.flagged else "")
    return Markup(
        '<circle class="{k}" cx="{x:.0f}" cy="{y:.0f}" r="{r:.1f}"><title>{t}</title></circle>'
    ).format(k=kind, x=where[0], y=where[1], r=size, t=shown(title, 120))
