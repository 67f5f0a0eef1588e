"""The command line `casemate`: options in, one call, exit code out. What a command does is in api/commands.

Nothing heavy is imported before a command runs, so that `casemate --help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli_bench import bench
from api.cli_jobs import audit, jobs
from api.cli_plans import plans

app = typer.Typer(
    name="casemate",
    help="Plan the reinforcement of a defended theatre from a coalition's stock tables.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


app.add_typer(jobs)
app.add_typer(plans)
app.add_typer(bench)
app.add_typer(audit, name="audit")


class SolverName(StrEnum):
    """Libraries that solve the whole program."""

    HIGHS = "highs"
    CBC = "cbc"
    PULP_HIGHS = "pulp-highs"
    GLOP = "glop"
    PDLP = "pdlp"


class Method(StrEnum):
    """Ways to solve."""

    AUTO = "auto"
    COLUMNS = "columns"
    WHOLE = "whole"


class Strategy(StrEnum):
    """Rules by which a staff would plan by hand."""

    PROPORTIONAL = "proportional"
    NEAREST = "nearest"
    PLEDGE_ORDER = "pledge-order"


class Size(StrEnum):
    """Sizes of a generated theatre."""

    S = "S"
    M = "M"
    L = "L"
    XL = "XL"


class Congestion(StrEnum):
    """How short of transport and stock a generated theatre is."""

    LOOSE = "loose"
    TIGHT = "tight"
    CHOKED = "choked"


TheatreArg = Annotated[
    str, typer.Argument(metavar="THEATRE", help="A shipped theatre, a workbook (.xlsx), a folder of CSV or Parquet.")
]
ScenarioOpt = Annotated[str | None, typer.Option("--scenario", metavar="NAME", help="Scenario of the theatre.")]
SolverOpt = Annotated[SolverName, typer.Option("--solver", help="Library that solves the program.")]
MethodOpt = Annotated[Method, typer.Option("--method", help="Way to solve; auto chooses.")]
RelaxOpt = Annotated[bool, typer.Option("--relax", help="Allow fractions of whole items.")]
GapOpt = Annotated[float, typer.Option("--gap", metavar="SHARE", help="Largest gap that counts as optimal.")]
DeadlineOpt = Annotated[
    float | None, typer.Option("--deadline", metavar="SECONDS", help="Return the best plan found by then.")
]
OutOpt = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder the plan is written to.")]
ThreadsOpt = Annotated[int, typer.Option("--threads", metavar="N", min=1, max=64, help="Threads of the solver.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"casemate {version('casemate')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the trace of an unexpected error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Plan the reinforcement of a defended theatre from a coalition's stock tables."""


@app.command()
def demo(
    deadline: Annotated[
        float, typer.Option("--deadline", metavar="SECONDS", help="Return the best plan found by then.")
    ] = 60.0,
    out: OutOpt = None,
    json: JsonOpt = False,
) -> int:
    """Plan the shipped exercise theatre 'europe' under renewed attack, and write its briefing."""
    from api.commands.planning import Asked, run_plan

    asked = Asked("europe", "renewed_attack", deadline=deadline, out=out, json=json)
    return run_plan(asked)


@app.command()
def plan(
    theatre: TheatreArg,
    scenario: ScenarioOpt = None,
    solver: SolverOpt = SolverName.HIGHS,
    method: MethodOpt = Method.AUTO,
    relax: RelaxOpt = False,
    gap: GapOpt = 1e-4,
    deadline: DeadlineOpt = None,
    out: OutOpt = None,
    json: JsonOpt = False,
    with_works: Annotated[
        bool, typer.Option("--with-works", help="Plan fortification works and their materials too.")
    ] = False,
) -> int:
    """Plan who releases what, from where, over which route, to arrive when and where."""
    from api.commands.planning import Asked, run_plan

    return run_plan(Asked(theatre, scenario, str(solver), str(method), relax, gap, deadline, out, json, with_works))


@app.command()
def whatif(
    theatre: TheatreArg,
    change: Annotated[
        list[str],
        typer.Option("--change", metavar="TEXT", help="A change, as 'links[link=L7].capacity = 0'; repeat it."),
    ],
    scenario: ScenarioOpt = None,
    solver: SolverOpt = SolverName.HIGHS,
    method: MethodOpt = Method.AUTO,
    relax: RelaxOpt = False,
    gap: GapOpt = 1e-4,
    deadline: DeadlineOpt = None,
    out: OutOpt = None,
    json: JsonOpt = False,
) -> int:
    """Plan with and without changes, and say what the changes do."""
    from api.commands.planning import Asked, run_whatif

    asked = Asked(theatre, scenario, str(solver), str(method), relax, gap, deadline, out, json)
    return run_whatif(asked, change)


@app.command()
def baseline(
    theatre: TheatreArg,
    strategy: Annotated[Strategy, typer.Option("--strategy", help="Rule by which sources are asked.")],
    scenario: ScenarioOpt = None,
    relax: RelaxOpt = False,
    out: OutOpt = None,
    json: JsonOpt = False,
) -> int:
    """Plan as a staff would by hand, need by need, by a rule of thumb: what a plan is measured against."""
    from api.commands.baselines import run_baseline
    from api.commands.questions import Asked

    return run_baseline(Asked(theatre, scenario, relax=relax, out=out, json=json), str(strategy))


@app.command()
def verify(
    plan_dir: Annotated[Path, typer.Argument(metavar="PLAN_DIR", help="Folder a plan was written to.")],
    json: JsonOpt = False,
) -> int:
    """Check a written plan against its inputs, rule by rule, without a solver."""
    from api.commands.checking import run_verify

    return run_verify(plan_dir, json)


@app.command()
def check(theatre: TheatreArg, json: JsonOpt = False) -> int:
    """Check the tables of a theatre and of all its scenarios, and list every problem."""
    from api.commands.checking import run_check

    return run_check(theatre, json)


@app.command()
def generate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder the theatre is written to.")],
    size: Annotated[Size, typer.Option("--size", help="Size of the theatre.")] = Size.S,
    congestion: Annotated[Congestion, typer.Option("--congestion", help="How short transport and stock are.")] = (
        Congestion.TIGHT
    ),
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same theatre.")] = 1,
    measure: Annotated[
        bool, typer.Option("--measure", help="Ask the optimizer what is short and what binds; S.")
    ] = False,
    json: JsonOpt = False,
) -> int:
    """Write a seeded synthetic theatre."""
    from api.commands.generating import run_generate

    return run_generate(str(size), str(congestion), seed, out, measure, json)


@app.command()
def works(
    theatre: TheatreArg,
    scenario: ScenarioOpt = None,
    plan_dir: Annotated[
        Path | None, typer.Option("--plan", metavar="PLAN_DIR", help="A plan that brings materials to the sectors.")
    ] = None,
    gap: GapOpt = 1e-4,
    deadline: DeadlineOpt = None,
    threads: ThreadsOpt = 1,
    out: OutOpt = None,
    json: JsonOpt = False,
) -> int:
    """Schedule fortification works: which are built when, how and by whom."""
    from api.commands.works import AskedWorks, run_works

    return run_works(AskedWorks(theatre, scenario, plan_dir, gap, deadline, threads, out, json))


@app.command()
def template(
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="Workbook to write; it must not be there.")],
    json: JsonOpt = False,
) -> int:
    """Write the workbook to fill in: a sheet a table, with units, notes and lists of what is allowed."""
    from api.commands.converting import run_template

    return run_template(out, json)


@app.command()
def convert(
    given: Annotated[str, typer.Argument(metavar="IN", help="A shipped theatre, a workbook, a folder.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new workbook if it ends in .xlsx, else a new folder.")],
    parquet: Annotated[bool, typer.Option("--parquet", help="Write the folder as Parquet, not as CSV.")] = False,
    json: JsonOpt = False,
) -> int:
    """Write a theatre with all its scenarios in another format."""
    from api.commands.converting import run_convert

    return run_convert(given, out, parquet, json)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; no trace reaches the user unless --debug is given."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json, debug = "--json" in given, "--debug" in given
    given = [a for a in given if a != "--debug"]  # it may stand anywhere
    if not given:
        app(["--help"], prog_name="casemate", standalone_mode=False)
        return 2
    try:
        return int(app(given, prog_name="casemate", standalone_mode=False) or 0)
    except KeyboardInterrupt:
        from api.commands.console import aborted

        return aborted(as_json)
    except Exception as error:
        if debug:
            raise
        from api.commands.console import failed

        return failed(error, as_json)


if __name__ == "__main__":
    sys.exit(main())
