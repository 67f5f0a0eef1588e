"""The command verify: a written plan is checked against its inputs, and tampering is seen."""

import json
from pathlib import Path
from typing import Any

from data.formats import read_plan, save
from tests.api.conftest import Run, buying


def rewritten(plan_dir: Path, change: Any) -> None:
    path = plan_dir / "plan.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_a_written_plan_is_lawful(run: Run, plan_dir: Path) -> None:
    ran = run("verify", plan_dir)
    assert ran.code == 0 and ran.out.startswith("lawful")
    told = run("verify", plan_dir, "--json").json
    assert told["lawful"] and told["violations"] == [] and told["differing"] == []


def test_a_plan_that_buys_for_a_force_is_written_and_read_again(run: Run, tmp_path: Path) -> None:
    theatre, scenario = buying()
    folder = save(tmp_path / "buying", theatre, [scenario])
    planned = run("plan", folder, "--out", tmp_path / "plan", "--json")
    assert planned.code == 0 and planned.json["kpis"]["purchases"] == 50.0
    assert [(row.site, row.fund, row.quantity) for row in read_plan(tmp_path / "plan").purchases.rows()] == [
        ("M1", "G1", 10.0)
    ]
    assert run("verify", tmp_path / "plan").out.startswith("lawful")
    more = run("whatif", folder, "--change", "forces[force=F1].elements = 8", "--json").json
    assert more["deltas"]["kpis"]["purchases"] > 0


def test_a_changed_table_of_the_plan_is_refused(run: Run, plan_dir: Path) -> None:
    path = plan_dir / "shipments.csv"
    path.write_text(path.read_text().replace(",25", ",24", 1))
    ran = run("verify", plan_dir)
    assert ran.code == 1 and "plan" in ran.err and "were changed after the plan was written" in ran.err
    assert run("verify", plan_dir, "--json").json["error"]["code"] == "digest-mismatch"


def test_a_changed_plan_is_refused_with_the_rules_it_breaks_now(run: Run, plan_dir: Path) -> None:
    path = plan_dir / "legs.csv"
    path.write_text(path.read_text().replace("D-H", "E-H", 1))
    ran = run("verify", plan_dir)
    assert ran.code == 1 and "were changed after the plan was written" in ran.err
    assert ran.out.splitlines() and "E-H" in ran.out


def test_a_changed_input_is_refused(run: Run, plan_dir: Path) -> None:
    path = plan_dir / "inputs" / "stocks.csv"
    path.write_text(path.read_text().replace("200", "900", 1))
    ran = run("verify", plan_dir)
    assert ran.code == 1 and "tables of theatre" in ran.err


def test_a_plan_whose_digest_was_changed_too_is_found_unlawful_line_by_line(run: Run, plan_dir: Path) -> None:
    path = plan_dir / "legs.csv"
    path.write_text(path.read_text().replace("D-H", "E-H", 1))
    rewritten(plan_dir, lambda d: d["digest"].update(plan=read_plan(plan_dir).digest))
    ran = run("verify", plan_dir)
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert sum(" broken at " in line for line in lines) >= 1
    assert any(line.startswith("not lawful: ") for line in lines)
    told = run("verify", plan_dir, "--json").json
    assert not told["lawful"] and {"rule", "where", "excess", "unit", "text"} <= set(told["violations"][0])


def test_a_goal_that_is_not_as_stated_is_seen(run: Run, plan_dir: Path) -> None:
    rewritten(plan_dir, lambda d: d["goals"][0].update(value=d["goals"][0]["value"] / 2))
    ran = run("verify", plan_dir)
    assert ran.code == 1 and "goal tier1_short: plan.json says" in ran.out


def test_a_missing_objective_is_seen(run: Run, plan_dir: Path) -> None:
    rewritten(plan_dir, lambda d: d["objectives"].pop("cost"))
    assert "goal cost" in run("verify", plan_dir).out


def test_missing_inputs_are_bad_use(run: Run, plan_dir: Path) -> None:
    (plan_dir / "inputs").rename(plan_dir / "outputs")
    ran = run("verify", plan_dir)
    assert ran.code == 2 and "must hold its inputs" in ran.err
