"""What came of judging a suite: figures, goals, a page and a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from matplotlib.artist import Artist
from pydantic import BaseModel, ConfigDict

from assay.lab.figure import COLOURS, INK, blank, save
from assay.lab.judging import PEERS
from assay.lab.planned import head
from assay.lab.suite import Suite
from assay.lab.tally import ASSAY, Judged, Share, balanced, difference, share
from assay.store.files import write_whole

__all__ = ["REFERENCE", "Judgement", "Line", "drawn_figure", "judgement_of", "page", "tables"]

REFERENCE = 199 / 335
"""Correct verdicts of the best methods together in an independent audit (arXiv 2606.03305)."""
WRONG_FLAGS, WRONG_CLEAN = 0.03, 0.05
"""12 of 400 clean cases; and of the leaks at calibrated doses."""
FROZEN = ConfigDict(frozen=True, extra="forbid")


class Line(BaseModel):
    """How one method fares on some of the cases."""

    model_config = FROZEN

    method: str
    cases: str
    correct: Share
    flagged: Share
    clean: Share
    undecided: Share


class Judgement(BaseModel):
    """All methods on all cases, and whether the goals were met."""

    model_config = FROZEN

    suite: str
    seed: str
    cases: int
    models: int
    balanced: dict[str, Share]
    """Balanced accuracy; undecided is not correct."""
    above: dict[str, Share]
    """By how much Assay's is above each peer's, on the same cases."""
    wrong_flags: Share
    wrong_clean: Share
    """Of leaks by a calibrated route and dose."""
    lines: tuple[Line, ...]
    goals: dict[str, bool]


def judgement_of(suite: Suite, cases: Sequence[Judged]) -> Judgement:
    """Count what every method said of every case, and compare with what was planned."""
    groups = _groups(cases)
    clean = [case for case in cases if not case.leaked]
    known = [case for case in cases if case.calibrated]
    wrong_flags = share(clean, lambda case: case.said[ASSAY] == "flagged")
    wrong_clean = share(known, lambda case: case.said[ASSAY] == "clean")
    accuracy = {method: balanced(cases, method) for method in (ASSAY, *PEERS)}
    above = {peer: difference(cases, ASSAY, peer) for peer in PEERS}
    return Judgement(
        suite=suite.mix.name,
        seed=suite.seed,
        cases=len(cases),
        models=len({case.host for case in cases}),
        balanced=accuracy,
        above=above,
        wrong_flags=wrong_flags,
        wrong_clean=wrong_clean,
        lines=tuple(
            _line(method, name, group)
            for name, group in groups.items()
            for method in (ASSAY, *PEERS)
        ),
        goals=_goals(accuracy, above, wrong_flags, wrong_clean),
    )


def _goals(
    accuracy: dict[str, Share], above: dict[str, Share], wrong_flags: Share, wrong_clean: Share
) -> dict[str, bool]:
    better = {f"balanced accuracy above {peer}": (s.low or 0.0) > 0 for peer, s in above.items()}
    return {
        "wrong flags at most 3 % of clean cases": wrong_flags.value <= WRONG_FLAGS,
        "wrong clean at most 5 % of leaks at calibrated doses": wrong_clean.value <= WRONG_CLEAN,
        "balanced accuracy above 59.4 %": accuracy[ASSAY].value > REFERENCE,
        **better,
    }


def _groups(cases: Sequence[Judged]) -> dict[str, list[Judged]]:
    """Sort the cases by what was leaked how, then by kind of benchmark."""
    names = sorted({(not c.calibrated, c.exposure) for c in cases if c.leaked})
    groups = {name: [c for c in cases if c.exposure == name] for _, name in names}
    groups["clean"] = [c for c in cases if not c.leaked]
    for truth in (True, False):
        word = "leaked" if truth else "clean"
        for kind in sorted({c.kind for c in cases}):
            groups[f"{word}, {kind}"] = [c for c in cases if c.leaked is truth and c.kind == kind]
    return {name: group for name, group in groups.items() if group}


def _line(method: str, name: str, cases: Iterable[Judged]) -> Line:
    group = list(cases)

    def said(word: str) -> Share:
        return share(group, lambda case: case.said[method] == word)

    return Line(
        method=method,
        cases=name,
        correct=share(group, lambda case: case.correct(method)),
        flagged=said("flagged"),
        clean=said("clean"),
        undecided=said("undecided"),
    )


def percent(found: Share) -> str:
    """Write a share with its interval.

    Examples
    --------
    >>> percent(Share(value=0.5, low=0.4, high=0.62, hits=5, of=10))
    '50.0 % [40.0, 62.0]'
    """
    value = f"{100 * found.value:.1f} %"
    if found.low is None or found.high is None:
        return value
    return f"{value} [{100 * found.low:.1f}, {100 * found.high:.1f}]"


def tables(judged: Judgement) -> list[list[list[str]]]:
    """Return the tables that people read, first row the heads: methods, then kinds of leak."""
    methods = [["method", "balanced accuracy", "Assay's is above it by", "wrong flags"]]
    for method, found in judged.balanced.items():
        above = judged.above.get(method)
        flags = next(x.flagged for x in judged.lines if (x.method, x.cases) == (method, "clean"))
        gap = percent(above) if above else ""
        methods.append([method, percent(found), gap, f"{flags.hits} of {flags.of}"])
    heads = ["cases", "n", "flagged", "clean", "undecided", *(f"{p} flags" for p in PEERS)]
    kinds = [heads]
    for line in (x for x in judged.lines if x.method == ASSAY):
        peers = [x for p in PEERS for x in judged.lines if (x.method, x.cases) == (p, line.cases)]
        own = (line.flagged, line.clean, line.undecided)
        shown = [*map(percent, own), *(f"{100 * x.flagged.value:.0f} %" for x in peers)]
        kinds.append([line.cases, str(line.flagged.of), *shown])
    return [methods, kinds]


def page(suite: Suite, judged: Judgement, folder: Path) -> Path:
    """Write suite.md and suite.svg: what was planned, then what came of it."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn_figure(judged, folder / "suite.svg")
    said = {True: "reached", False: "**not reached**"}
    wrong = f"{percent(judged.wrong_clean)} ({judged.wrong_clean.hits} of {judged.wrong_clean.of})"
    notes = (
        f"Wrong *clean* at calibrated doses: {wrong}. Intervals are 95 %, by resampling whole"
        " models; of a share, the wider of that and Clopper-Pearson's."
    )
    text = [
        head(suite.mix),
        f"## Result: {judged.cases} cases, {judged.models} models, seed `{suite.seed}`",
        "\n".join(f"- {name}: {said[met]}" for name, met in judged.goals.items()),
        notes,
        *map(_markdown, tables(judged)),
        "![What was said of each kind of leak](suite.svg)",
    ]
    path = folder / "suite.md"
    write_whole(path, ["\n\n".join(text), "\n"])
    return path


def _markdown(table: list[list[str]]) -> str:
    rows = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table]
    return "\n".join([rows[0], "|" + "---|" * len(table[0]), *rows[1:]])


def drawn_figure(judged: Judgement, path: Path) -> Path:
    """Draw what Assay said of each kind of leak, and how often each peer flagged it."""
    lines = [x for x in judged.lines if not x.cases.startswith(("leaked, ", "clean, "))][::-1]
    own = [x for x in lines if x.method == ASSAY]
    names, left = [line.cases for line in own], [0.0] * len(own)
    keys: dict[str, Artist] = {}
    figure, axes = blank("share of cases", "", width=8, height=1.2 + 0.36 * len(own))
    for word, colour in (("flagged", COLOURS[4]), ("undecided", INK), ("clean", COLOURS[2])):
        widths = [getattr(line, word).value for line in own]
        bars = axes.barh(names, widths, left=left, color=colour, alpha=0.7, height=0.62)
        keys[f"Assay: {word}"] = bars[0]
        left = [a + b for a, b in zip(left, widths, strict=True)]
    for peer, mark, colour in zip(PEERS, "o^s", COLOURS, strict=False):
        shares = [x.flagged.value for x in lines if x.method == peer]
        keys[f"{peer} flags"] = axes.scatter(shares, names, marker=mark, color=colour, zorder=3)
    axes.set_xlim(-0.02, 1.02)
    where = figure.legend(keys.values(), keys.keys(), loc="outside upper center", ncols=3)
    where.set_frame_on(False)
    for text in where.get_texts():
        text.set_color(INK)
    return save(figure, path)
