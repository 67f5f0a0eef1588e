"""The commands about plans that are there already and about two questions. They join those of api/cli.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

plans = typer.Typer()

JsonOpt = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]


@plans.command()
def compare(
    plan_a: Annotated[Path, typer.Argument(metavar="PLAN_A", help="Folder a plan was written to.")],
    plan_b: Annotated[Path, typer.Argument(metavar="PLAN_B", help="Another one.")],
    json: JsonOpt = False,
) -> int:
    """Say what plan B does otherwise than plan A: what moves, arrives earlier or later, who gives more."""
    from api.commands.comparing import run_compare

    return run_compare(plan_a, plan_b, json)


@plans.command()
def diff(
    theatre: Annotated[str, typer.Argument(metavar="THEATRE", help="A shipped theatre, a workbook, a folder.")],
    other: Annotated[str | None, typer.Argument(metavar="OTHER", help="Another theatre; else the same.")] = None,
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", metavar="NAME", help="A scenario; give it twice for two.")
    ] = None,
    json: JsonOpt = False,
) -> int:
    """List what differs between two scenarios, or between two theatres, cell by cell."""
    from api.commands.comparing import run_diff

    return run_diff(theatre, other, scenario or [], json)


@plans.command()
def export(
    plan_dir: Annotated[Path, typer.Argument(metavar="PLAN_DIR", help="Folder a plan was written to.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to; it must be new or empty.")],
    json: JsonOpt = False,
) -> int:
    """Write a plan's movement lines (TPFDD-like), days of supply and a release order a donor."""
    from api.commands.exporting import run_export

    return run_export(plan_dir, out, json)
