"""The command `export`: briefing, movement lines, days of supply and a release order a donor, from a written plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from api.briefing import briefings
from api.briefing.reports import write_reports
from api.commands.console import print_json, screen
from api.errors import ANSWERED
from api.plan_folder import read_plan_folder, refuse_foreign, require, write_whole
from data.score import score

TOLD = ("theatre", "reason", "limit", "method", "gap", "kpis", "shortfalls", "violations", "notes", "timings")


def run_export(folder: Path, out: Path, as_json: bool) -> int:
    """Write the exports of a plan to a new folder; return 0."""
    place = out.expanduser().resolve()
    refuse_foreign(place, set(), "", "an export")
    held = read_plan_folder(folder)
    require(held.document, *TOLD)
    held.check_digests()
    theatre = replace(held.theatre, name=str(held.document["theatre"]))
    scored = score(theatre, held.scenario, held.plan)
    pages = briefings(theatre, held.scenario, held.plan, scored, held.document)
    written: list[str] = []
    counts = [0, 0]

    def write(fresh: Path) -> None:
        for name, content in pages.items():
            (fresh / name).write_bytes(content)
        counts[:] = write_reports(fresh, theatre, held.scenario, held.plan, scored)
        written.extend(sorted(p.relative_to(fresh).as_posix() for p in fresh.rglob("*") if p.is_file()))

    write_whole(place, write)
    if as_json:
        print_json({"written": str(out), "files": written})
    else:
        lines, orders = counts
        screen().print(f"wrote {out}: the briefing, {lines} lines, {orders} release orders", markup=False)
    return ANSWERED
