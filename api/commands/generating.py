"""The command `generate`: a seeded synthetic theatre, written as a folder of CSV."""

from __future__ import annotations

from pathlib import Path

from api.commands.benching import benchmark
from api.commands.console import print_json, screen
from api.errors import ANSWERED, UseError
from api.plan_folder import refuse_foreign, write_whole

COUNTED = ("places", "days", "rows")


def run_generate(size: str, congestion: str, seed: int, out: Path, measure: bool, as_json: bool) -> int:
    """Write the theatre of this size, congestion and seed to the folder, measured if asked for; return 0."""
    if measure and size != "S":
        raise UseError(f"--measure asks every goal to the end, which size {size} takes too long for; leave it out")
    if seed < 0:
        raise UseError(f"--seed {seed} makes no sense; give a whole number from 0 on")
    from data.formats import save
    from data.synthetic import draw

    folder = out.expanduser().resolve()
    refuse_foreign(folder, set(), "", "a theatre")
    drawn = draw(size, congestion, seed)
    theatre, scenario = drawn.theatre, drawn.scenario
    write_whole(folder, lambda fresh: save(fresh, theatre, [scenario]))
    told = {
        "theatre": folder.name,
        "scenario": scenario.name,
        "size": size,
        "congestion": congestion,
        "seed": seed,
        "short": round(drawn.short, 4),
        "binding": _counts(drawn.binding),
        "digest": {"theatre": theatre.digest, "scenario": scenario.digest},
    }
    if measure:
        found = benchmark("generator").measure(theatre, scenario)
        told["measured"] = {"short": round(found.short, 4), "binding": _counts(found.binding)}
    if as_json:
        print_json(told)
    else:
        rows = f"{len(theatre.stocks)} lots, {len(theatre.links)} links, {len(scenario.needs)} needs"
        screen().print(f"wrote {out}: {rows}; plan it with: casemate plan {out}", markup=False)
        if drawn.binding:
            _say("by estimate", drawn.short, drawn.binding)
        else:
            supply = (
                f"by estimate the supply alone leaves {drawn.short:.1%} of the needed tonnes short; limits come on top"
            )
            screen().print(supply, markup=False)
        if measure:
            _say("as measured", found.short, found.binding)
    return ANSWERED


Binding = dict[str, tuple[int, int, int]]


def _counts(binding: Binding) -> dict[str, dict[str, int]]:
    return {kind: dict(zip(COUNTED, n, strict=True)) for kind, n in binding.items()}


def _say(how: str, short: float, binding: Binding) -> None:
    counts = ", ".join(f"{kind} {n[0]}/{n[1]}" for kind, n in binding.items())
    text = f"{how} {short:.1%} of the needed tonnes cannot be on time; places/days that bind: {counts}"
    screen().print(text, markup=False)
