"""The command `export`: time-phased lines, days of supply and a release order a donor, from a written plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from api.briefing import briefings, release_order
from api.commands.console import print_json, screen
from api.errors import ANSWERED
from api.plan_folder import folder_name, read_plan_folder, refuse_foreign, write_whole
from data.movement import movement_lines
from data.score import score


def run_export(folder: Path, out: Path, as_json: bool) -> int:
    """Write the exports of a plan to a new folder; return 0."""
    place = out.expanduser().resolve()
    refuse_foreign(place, set(), "", "an export")
    held = read_plan_folder(folder)
    held.check_digests()
    theatre, scenario = held.theatre, held.scenario
    lines = movement_lines(theatre, scenario, held.plan)
    scored = score(theatre, scenario, held.plan)
    named = replace(theatre, name=str(held.document["theatre"]))
    pages = briefings(named, scenario, held.plan, scored, held.document)
    written = []

    def write(fresh: Path) -> None:
        for name, content in pages.items():
            (fresh / name).write_bytes(content)
        lines.to_csv(fresh / "tpfdd.csv", index=False)
        scored.supply.to_csv(fresh / "days_of_supply.csv", index=False)
        (fresh / "orders").mkdir()
        for donor, own in lines.groupby("donor"):
            name = folder_name(str(donor))
            own.to_csv(fresh / "orders" / f"{name}.csv", index=False)
            page = release_order(named, scenario, str(donor), own, f"{name}.csv")
            (fresh / "orders" / f"{name}.html").write_text(page, encoding="utf-8")
        written.extend(sorted(p.relative_to(fresh).as_posix() for p in fresh.rglob("*") if p.is_file()))

    write_whole(place, write)
    if as_json:
        print_json({"written": str(out), "files": written})
    else:
        screen().print(f"wrote {out}: {len(lines)} lines, {lines['donor'].nunique()} release orders", markup=False)
    return ANSWERED
