"""`assay examine`: from a benchmark and a model to a verdict."""

from __future__ import annotations

import gc
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.forecasting import say_estimate, show_forecast
from assay.cli.invoking import application
from assay.cli.output import emit, people
from assay.cli.planning import examine_all, forecast_all
from assay.cli.plans import command_of, plan_of
from assay.cli.progress import progress
from assay.cli.results import write_results
from assay.core.errors import BadConfig
from assay.core.evidence import Evidence, Status, Verdict
from assay.core.settings import Forecast
from assay.examination import forecast, load_run, run
from assay.examination.record import folder_of
from assay.report import html, terminal

__all__ = ["ExamineOptions", "app", "write_report"]

CODES = {Status.CLEAN: Exit.CLEAN, Status.FLAGGED: Exit.FLAGGED, Status.UNDECIDED: Exit.UNDECIDED}
ALL = "flagged,undecided"
REMOTE = "inspect:"
"""Models that cost money: what they may cost is said before they are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamineOptions:
    """The options of `assay examine`: those of `Plan`, and what to do with the verdict."""

    benchmark: Annotated[str, typer.Argument(help="A built-in name or a file.")] = ""
    model: Annotated[
        str, typer.Option("--model", "-m", help="Built-in, local:, inspect: or scripted:.")
    ] = ""
    plan: Annotated[
        Path | None, typer.Option(help="TOML file of many examinations, instead of one.")
    ] = None
    reference: Annotated[
        str | None, typer.Option(help="A model known to be older than the items.")
    ] = None
    controls: Annotated[
        str | None, typer.Option(help="File of items that the model cannot have seen.")
    ] = None
    split: Annotated[
        int | None, typer.Option(help="Seed of the recorded split that held half back.")
    ] = None
    certificate: Annotated[
        str | None, typer.Option(help="File of recorded random acts and canaries.")
    ] = None
    wrong: Annotated[
        str | None, typer.Option(help="File of items whose published answer is wrong.")
    ] = None
    scores: Annotated[
        str | None, typer.Option(help="Who was right: Inspect log, lm-eval samples, or CSV.")
    ] = None
    sibling_scores: Annotated[
        str | None, typer.Option(help="File of id and correct, of sealed siblings.")
    ] = None
    others: Annotated[
        str | None, typer.Option(help="File of id, and whether each other model was right.")
    ] = None
    metric: Annotated[
        str, typer.Option(help="The scorer, metric or column of the scores that is meant.")
    ] = ""
    field: Annotated[
        list[str] | None, typer.Option(help="Name a column: statement=body. Repeatable.")
    ] = None
    instrument: Annotated[list[str] | None, typer.Option(help="Run only this one. Repeatable.")] = (
        None
    )
    set: Annotated[
        list[str] | None, typer.Option(help="Set a parameter: order.shuffles=999. Repeatable.")
    ] = None
    alpha: Annotated[float, typer.Option(help="Error rate of the verdict.")] = 0.01
    q: Annotated[float, typer.Option(help="False-discovery rate of flagged items.")] = 0.10
    full: Annotated[bool, typer.Option("--full", help="All items: p is exact then.")] = False
    tolerance: Annotated[
        float, typer.Option(help="Clean: less than this share of the items was seen ...")
    ] = 0.5
    dose: Annotated[int, typer.Option(help="... so many times or more.")] = 4
    calibration: Annotated[
        str | None, typer.Option(help="File of measured error rates, for the packaged one.")
    ] = None
    stop_at: Annotated[
        float | None, typer.Option(help="Go on to this e-value, though less decides.")
    ] = None
    budget: Annotated[str, typer.Option(help="Hard stop: 500calls,200000tokens,5usd.")] = ""
    price: Annotated[
        str, typer.Option(help="US dollars per million tokens, sent/generated: 0.15/0.60.")
    ] = ""
    allow_disclosure: Annotated[
        bool, typer.Option("--allow-disclosure", help="Sealed items may go to a remote model.")
    ] = False
    model_arg: Annotated[
        list[str] | None,
        typer.Option("--model-arg", "-M", help="Of the model: base_url=URL. Repeatable."),
    ] = None
    seed: Annotated[int | None, typer.Option(help="Counted as a rerun.")] = None
    chunk: Annotated[int, typer.Option(help="Items between two looks at the total.")] = 16
    out: Annotated[str | None, typer.Option(help="The run's folder.")] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the cost, ask nothing.")] = False
    json: Annotated[bool, typer.Option("--json", help="The verdict on standard output.")] = False
    junit: Annotated[Path | None, typer.Option(help="Write the verdict as JUnit XML.")] = None
    sarif: Annotated[Path | None, typer.Option(help="Write the verdict as SARIF.")] = None
    fail_on: Annotated[str, typer.Option(help="Verdicts with a failing exit code, or 'none'.")] = (
        ALL
    )


def examine(options: ExamineOptions) -> int:
    """Was this benchmark in this model's training? Ends in flagged, clean or undecided.

    Killed or stopped, the same command goes on where it was.
    """
    failing = failing_of(options.fail_on)
    if options.plan is not None:
        return _many(options, options.plan, failing)
    plan = plan_of(asdict(options))
    if options.dry_run:
        show_forecast(forecast(plan), as_json=options.json)
        return Exit.CLEAN
    console = people()
    with progress(console) as show:
        remote = plan.model.startswith(REMOTE)
        verdict = run(plan, on_progress=show, on_estimate=_before_asking if remote else None)
    page = write_report(folder_of(plan))
    write_results(
        verdict,
        to_junit=options.junit,
        to_sarif=options.sarif,
        failing=failing,
        benchmark=plan.benchmark,
    )
    terminal.show(verdict, console)
    console.print(f"  report  {page}", markup=False, soft_wrap=True)
    if options.json:
        emit([verdict.model_dump_json(indent=2)])
    return exit_code(verdict, failing)


def _before_asking(estimate: Forecast) -> None:
    say_estimate(estimate)
    # What is loaded by now stays: the collector need not look through it during the run, which
    # else costs a twentieth of the requests a second (bench/throughput.py).
    gc.collect()
    gc.freeze()


def _many(options: ExamineOptions, path: Path, failing: frozenset[Status]) -> int:
    """Carry out a file of plans; what is to be examined, and how, stands in the file alone."""
    beside = {"plan", "dry_run", "json", "fail_on"}
    if options.junit or options.sarif:
        raise BadConfig(
            f"--plan {path}: --junit and --sarif are about one verdict\n"
            "  next: leave them out; assay show RUN --junit FILE writes them for each run"
        )
    for one in fields(options):
        if one.name not in beside and getattr(options, one.name) != one.default:
            option = one.name.replace("_", "-")
            raise BadConfig(
                f"--plan {path}: with a plan, {option} stands in the file\n"
                f"  next: leave it out here, and write it under [defaults] in {path}"
            )
    if options.dry_run:
        return forecast_all(path, as_json=options.json)
    return examine_all(path, failing, write_report, as_json=options.json)


def write_report(folder: Path) -> Path:
    """Write the report of a finished run into its folder."""
    verdict, records, plan = load_run(folder)
    roles = {r.unit: r.role for r in records if not isinstance(r, Evidence) and r.role}
    path, command = folder / "report.html", command_of(plan)
    return html.write(verdict, records, path, roles=roles, command=command)


def failing_of(listed: str) -> frozenset[Status]:
    """Return the verdicts that shall fail a job.

    Raises
    ------
    BadConfig
        A name is no verdict.
    """
    names = {name.strip() for name in listed.split(",") if name.strip()} - {"none"}
    wrong = names - {status.value for status in Status}
    if wrong:
        known = ", ".join(status.value for status in Status)
        msg = (
            f"--fail-on {listed}: no verdict is called {min(wrong)!r}\n  next: use {known} or none"
        )
        raise BadConfig(msg)
    return frozenset(Status(name) for name in names)


def exit_code(verdict: Verdict, failing: frozenset[Status]) -> int:
    """Return the exit code of a verdict: its own where it shall fail, else 0."""
    return CODES[verdict.status] if verdict.status in failing else Exit.CLEAN


app = application(ExamineOptions, examine)
