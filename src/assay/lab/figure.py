"""One calm style for the figures of the lab: SVG that reads on white and on black."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["COLOURS", "blank", "save"]

INK = "#7a7f87"
"""A grey that stands out from white and from black alike."""
COLOURS = ("#2f7fd0", "#d9822b", "#2e9e6b", "#b65fc2", "#c8553d", "#8a8f3c")


def blank(x: str, y: str, *, width: float = 6.4, height: float = 3.8) -> tuple[Figure, Axes]:
    """Return an empty figure with named axes.

    Parameters
    ----------
    x, y
        What the axes show, with units.
    width, height
        Inches.

    Examples
    --------
    >>> figure, axes = blank("repeats", "accuracy")
    >>> axes.get_xlabel()
    'repeats'
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_prop_cycle(color=COLOURS)
    axes.set_xlabel(x, color=INK)
    axes.set_ylabel(y, color=INK)
    axes.tick_params(colors=INK, which="both")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.grid(visible=True, color=INK, alpha=0.2, linewidth=0.6)
    return figure, axes


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as SVG without a background; the same figure gives the same bytes."""
    for axes in figure.axes:
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, labelcolor=INK)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    # Text stays text, and the names inside are not random.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "assay"}):
        figure.savefig(draft, format="svg", transparent=True, metadata={"Date": None})
    draft.replace(path)
    return path
