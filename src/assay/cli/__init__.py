"""The command line. Commands are a table of names: none is imported before it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import NamedTuple, NoReturn

from assay.cli.exits import Exits, finish, put
from assay.core.errors import UnknownName
from assay.core.loading import load_attribute

__all__ = ["COMMANDS", "main", "run"]


class Command(NamedTuple):
    """Where a command lives and what it answers."""

    target: str
    help: str


COMMANDS = {
    "examine": Command("assay.cli.examine:app", "was this benchmark in this model's training?"),
    "compare": Command(
        "assay.cli.compare:app", "which claims of several runs hold at one error rate?"
    ),
    "show": Command("assay.cli.show:app", "show the verdict of a finished run again"),
    "bundle": Command("assay.cli.bundle:app", "sign a finished run and put it into one file"),
    "verify-run": Command(
        "assay.cli.verify_run:app", "check a bundle, and say what was taken on trust"
    ),
    "keygen": Command("assay.cli.keygen:app", "make a key pair to sign bundles with"),
    "instruments": Command(
        "assay.cli.instruments:app", "list what can be measured, or explain one"
    ),
    "doctor": Command(
        "assay.cli.doctor:app", "say what works on this machine, and what is missing"
    ),
    "schema": Command("assay.cli.schema:app", "print the JSON Schema of a record"),
    "lab": Command("assay.cli.lab:app", "experiments on models whose training is known"),
    "traffic": Command("assay.cli.traffic:app", "who distils a model? asked of request logs"),
    "bench": Command("assay.cli.bench:app", "make a benchmark that cannot wear out"),
}
VERBS: dict[str, Command] = {
    "lab suite": Command("assay.cli.lab_suite:app", "models whose contamination is known, sealed"),
    "lab calibrate": Command(
        "assay.cli.lab_calibrate:app", "how often is each instrument wrong, and what does it see?"
    ),
    "lab judge-suite": Command("assay.cli.lab_judging:app", "how many verdicts on them are right?"),
    "traffic scan": Command("assay.cli.traffic_scan:app", "who distils, in these request logs?"),
    "traffic look": Command(
        "assay.cli.traffic_look:app", "note that prompts of a case are about to be opened, and why"
    ),
    "traffic train": Command(
        "assay.cli.traffic_train:app", "learn on simulated weeks what each signal is worth"
    ),
    "traffic simulate": Command(
        "assay.cli.traffic_simulate:app", "a log whose truth is known, honest and not"
    ),
    "traffic sketch": Command(
        "assay.cli.traffic_sketch:app", "prompts in, keyed hashes out: for a gateway"
    ),
    "bench mine": Command("assay.cli.bench_mine:app", "tasks out of the history of repositories"),
    "bench verify": Command(
        "assay.cli.bench_verify:app", "do their tests fail before the fix and pass after it?"
    ),
    "bench convert": Command(
        "assay.cli.bench_convert:app", "tasks from one format into another, checked"
    ),
    "bench seal": Command(
        "assay.cli.bench_seal:app", "repositories without their answers, in two halves"
    ),
    "bench gate": Command("assay.cli.bench_gate:app", "does a folder hold a task's answer?"),
    "bench retract": Command(
        "assay.cli.bench_retract:app", "note that a task is not to be scored any more, and why"
    ),
    "bench siblings": Command(
        "assay.cli.bench_siblings:app", "variants frozen, one drawn and published, the rest sealed"
    ),
    "bench honeypots": Command(
        "assay.cli.bench_honeypots:app", "tasks that only a leak, or gaming, can pass"
    ),
}
"""Commands of two words, which have options of their own: "lab suite"."""

HELP = """\
Usage: assay COMMAND [OPTIONS]

Where do a model's answers come from: learned, leaked or lifted?
Every verdict comes with the error rate under which it holds.

Commands:
{commands}

Options:
  --version    print the version
  --help       print this; after a command, its options

Exit codes:
  0 clean    10 flagged    11 undecided
  2 usage     4 something outside failed    70 a bug in assay

Start with:  assay examine humaneval --model smollm2
"""


def main() -> NoReturn:
    """Run the console script."""
    sys.exit(finish(run(sys.argv[1:])))


def run(arguments: Sequence[str]) -> int:
    """What should this command line exit with? Run it, and say.

    Parameters
    ----------
    arguments
        What stands after the program's name.
    """
    with Exits() as exits:
        exits.code = _dispatch(list(arguments))
    return exits.code


def _dispatch(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "--help"
    if name in {"--help", "-h", "help"}:
        lines = (f"  {name:<12} {command.help}" for name, command in COMMANDS.items())
        put(HELP.format(commands="\n".join(lines)))
        return 0
    if name == "--version":
        put(f"assay {version('assay')}\n")
        return 0
    if name not in COMMANDS:
        raise UnknownName("command", name, COMMANDS, "assay --help")
    words = 2 if " ".join(arguments[:2]) in VERBS else 1
    name = " ".join(arguments[:words])
    invoke = load_attribute("assay.cli.invoking:invoke")
    target = (COMMANDS | VERBS)[name].target
    code: int = invoke(load_attribute(target), f"assay {name}", arguments[words:])
    return code
