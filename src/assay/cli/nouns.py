"""Nouns that are no command themselves: each lists its commands."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from assay.cli import VERBS
from assay.cli.exits import Exit
from assay.cli.output import listing
from assay.core.errors import UnknownName

__all__ = ["commands_of"]


def commands_of(noun: str, asked: str | None) -> int:
    """Print the commands of a noun; refuse a word that is none of them."""
    known = {
        name.removeprefix(f"{noun} "): one.help
        for name, one in VERBS.items()
        if name.startswith(f"{noun} ")
    }
    if asked is not None:  # one that exists would not have come here
        raise UnknownName(f"{noun} command", asked[:80], known, f"assay {noun}")
    console = listing()
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, question in known.items():
        table.add_row(Text(f"assay {noun} {name}", "bold"), question)
    console.print(table, width=min(100, console.width))
    return Exit.CLEAN
