"""The commands `bench …`: they measure. They join those of api/cli.py."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Size(StrEnum):
    """Sizes of a generated theatre that is measured."""

    S = "S"
    M = "M"
    L = "L"


class Congestion(StrEnum):
    """How short transport and stock are."""

    LOOSE = "loose"
    TIGHT = "tight"
    CHOKED = "choked"


ThreadsOpt = Annotated[int, typer.Option("--threads", metavar="N", min=1, max=64, help="Threads of the solver.")]
SizeOpt = Annotated[Size, typer.Option("--size", help="Size of the theatre.")]
CongestionOpt = Annotated[Congestion, typer.Option("--congestion", help="How short transport and stock are.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]

bench = typer.Typer(name="bench", help="Measure Casemate on published and generated instances.", rich_markup_mode=None)


@bench.callback()
def bench_options() -> None:
    """Measure Casemate on published and generated instances."""


@bench.command()
def psplib(
    path: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="A .sm or .mm file of PSPLIB, or a folder of them.")],
    deadline: Annotated[float, typer.Option("--deadline", metavar="SECONDS", help="For each instance.")] = 10.0,
    threads: ThreadsOpt = 2,
    json: JsonOpt = False,
) -> int:
    """Solve projects of PSPLIB by the program of works: makespan, bound and status of each."""
    from api.commands.benching import run_psplib

    return run_psplib(path, deadline, threads, json)


@bench.command()
def rivals(
    size: SizeOpt = Size.S,
    congestion: CongestionOpt = Congestion.TIGHT,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The same seed gives the same theatre.")] = 7,
    only: Annotated[str | None, typer.Option("--rivals", metavar="NAMES", help="Only these, as highs-simplex,cbc.")] = (
        None
    ),
    timeout: Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="For each run.")] = 600.0,
    json: JsonOpt = False,
) -> int:
    """Plan a generated theatre by ours and by solvers on the whole program, each in a process of its own."""
    from api.commands.benching import run_rivals

    return run_rivals(str(size), str(congestion), seed, only, timeout, json)


@bench.command(name="what-if")
def what_if(
    size: SizeOpt = Size.S,
    congestion: CongestionOpt = Congestion.TIGHT,
    edits: Annotated[int, typer.Option("--edits", metavar="N", min=4, help="How many what-ifs.")] = 200,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same edits.")] = 7,
    cold: Annotated[int, typer.Option("--cold", metavar="N", min=0, help="Of each kind, how many are checked.")] = 10,
    rival_timeout: Annotated[
        float, typer.Option("--rival-timeout", metavar="SECONDS", help="For a what-if by HiGHS with a kept basis.")
    ] = 60.0,
    json: JsonOpt = False,
) -> int:
    """Ask what-ifs of a generated theatre, and hold them against runs from nothing."""
    from api.commands.benching import run_what_if

    return run_what_if(str(size), str(congestion), edits, seed, cold, rival_timeout, json)


@bench.command()
def sizes(
    names: Annotated[str, typer.Option("--size", metavar="NAMES", help="Some of S,M,L,XL, joined by commas.")] = (
        "S,M,L,XL"
    ),
    congestion: CongestionOpt = Congestion.TIGHT,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The same seed gives the same theatre.")] = 1,
    json: JsonOpt = False,
) -> int:
    """Draw, write, load and check generated theatres, each step in a process of its own: counts, seconds, memory."""
    from api.commands.benching import run_sizes

    return run_sizes(names, str(congestion), seed, json)
