"""The commands demo and plan: documents, folders, exit codes."""

import json
from pathlib import Path

import pytest

from api.commands import planning
from api.commands.planning import Asked
from data.contracts import PLAN
from data.formats import load, load_scenario, read_plan, save
from data.plan import Plan
from data.verify import verify
from optimizer.ending import SHORT
from optimizer.outcome import Answer, Goal, Limit, NoPlanError, Reason
from tests.api.conftest import Run
from tests.optimizer.test_ending import halves

CONTRACT = {
    "schema", "theatre", "scenario", "reason", "limit", "method", "solver", "gap", "goals", "objectives",
    "kpis", "violations", "timings", "digest",
}  # fmt: skip


def test_plan_json_prints_one_document_with_the_keys_of_the_contract(run: Run, theatre: Path) -> None:
    ran = run("plan", theatre, "--json", "--relax", "--deadline", "20")
    assert ran.code == 0 and ran.err == ""
    told = ran.json
    assert set(told) >= CONTRACT
    assert (told["schema"], told["theatre"], told["scenario"]) == (1, "coalition", "attack")
    assert told["reason"] == ("optimal" if told["gap"] <= 1e-4 else "feasible")
    assert set(told["timings"]) == {"load", "build", "solve", "verify", "certify", "total"}
    assert set(told["digest"]) == {"theatre", "scenario", "plan", "certificate"}
    keys = {"goal", "value", "bound", "scale", "gap", "proof"}
    assert all(set(goal) == keys for goal in told["goals"])
    assert list(told["objectives"])[:2] == ["tier1_short", "tier1_delay"]
    assert list(told["objectives"])[-4:] == ["share", "substitution", "cost", "shipments"]


def test_plan_json_without_out_writes_nothing(run: Run, theatre: Path) -> None:
    assert run("plan", theatre, "--json", "--deadline", "20").code == 0
    assert list(Path.cwd().iterdir()) == []


def test_plan_writes_a_folder_that_holds_its_inputs_and_its_answer(run: Run, theatre: Path) -> None:
    ran = run("plan", theatre, "--deadline", "20")
    folder = Path.cwd() / "plan-coalition"
    assert ran.code == 0 and "Briefing: ./plan-coalition/briefing.html" in ran.out
    assert {p.name for p in folder.iterdir()} == {
        "inputs",
        "plan.json",
        "certificate.csv",
        "briefing.html",
        "briefing.pptx",
        *(f"{t}.csv" for t in PLAN),
    }
    world = load(folder / "inputs")
    scenario = load_scenario(folder / "inputs", world, "attack")
    plan = read_plan(folder)
    assert world == load(theatre)
    assert verify(world, scenario, plan) == []
    assert {"ALDER", "BIRCH"} == set(plan.decisions["donor"])  # by a trigger, and by approval days
    assert json.loads((folder / "plan.json").read_text())["digest"]["plan"] == plan.digest
    assert not [p for p in Path.cwd().iterdir() if p.name.startswith(".")], "temporary folders stay"


def test_a_plan_that_stops_short_says_so_on_the_terminal_in_the_briefing_and_in_its_document(
    run: Run, tmp_path: Path
) -> None:
    """Of two vehicles of 7 t one can move over 10 t a day: no limit ends the run, and the proof allows fractions."""
    world, scenario = halves()
    folder = save(tmp_path / "halves", world, [scenario])
    assert run("plan", folder).code == 1
    written = Path.cwd() / "plan-halves"
    (note,) = json.loads((written / "plan.json").read_text(encoding="utf-8"))["notes"]
    told = "0.0001 of the scale of a goal: shortfall of tier 1 to 0.21, delay of tier 1 to 0.21; no limit"
    assert note.startswith(SHORT + told)
    assert note in (written / "briefing.html").read_text(encoding="utf-8")
    assert "Note: not proven to the gap asked for, 0.0001" in " ".join(run("plan", folder).out.split())



def test_plan_replaces_an_earlier_plan(run: Run, theatre: Path, plan_dir: Path) -> None:
    before = (plan_dir / "plan.json").stat().st_mtime_ns
    assert run("plan", theatre, "--out", plan_dir, "--deadline", "20").code == 0
    assert (plan_dir / "plan.json").stat().st_mtime_ns > before


def test_plan_names_every_goal_shortfall_and_decision_for_a_reader(run: Run, theatre: Path) -> None:
    out = run("plan", theatre, "--deadline", "20").out
    assert "SYNTHETIC – EXERCISE" in out
    assert "Tier 1: short at its date" in out and "Transport and purchases" in out
    assert "Boxes at Sector Swift by Tue 5 Mar" in out
    assert "Birch & <Sons>: " in out


def test_relaxed_plans_are_kept_with_the_theatre_they_are_lawful_in(run: Run, theatre: Path, tmp_path: Path) -> None:
    assert run("plan", theatre, "--relax", "--out", tmp_path / "r", "--deadline", "20").code == 0
    assert not load(tmp_path / "r" / "inputs").items["whole"].any()
    assert run("verify", tmp_path / "r").code == 0


def test_a_relaxed_plan_is_told_in_the_units_of_the_tables(run: Run, theatre: Path, tmp_path: Path) -> None:
    ran = run("plan", theatre, "--relax", "--out", tmp_path / "r", "--deadline", "20")
    kept = load(tmp_path / "r" / "inputs")
    assert any(unit.startswith("1/10") for unit in kept.items["unit"])
    assert "short" in ran.out and "1/10" not in ran.out
    assert "1/10" not in (tmp_path / "r" / "briefing.html").read_text(encoding="utf-8")


def test_the_scenario_named_in_a_base_is_taken_in(run: Run, theatre: Path, tmp_path: Path) -> None:
    later = theatre / "scenarios" / "later"
    later.mkdir()
    (later / "scenario.csv").write_text("name,base,horizon\nlater,attack,12\n")
    assert run("plan", theatre, "--scenario", "later", "--out", tmp_path / "b", "--deadline", "20").code == 0
    assert run("verify", tmp_path / "b").code == 0


def test_a_scenario_must_be_named_where_there_are_several(run: Run, theatre: Path) -> None:
    other = theatre / "scenarios" / "other"
    other.mkdir()
    (other / "scenario.csv").write_text("name,base,horizon\nother,attack,12\n")
    ran = run("plan", theatre)
    assert ran.code == 2 and "attack, other" in ran.err
    (theatre / "scenarios" / "other").rename(theatre / "scenarios" / "renewed_attack")
    assert run("plan", theatre, "--json", "--deadline", "20").json["scenario"] == "other"


def test_a_folder_of_the_scenarios_name_in_the_working_folder_is_not_taken_for_it(
    run: Run, theatre: Path, plan_dir: Path
) -> None:
    (Path.cwd() / "attack").mkdir()
    assert run("plan", theatre, "--scenario", "attack", "--json", "--deadline", "20").code == 0
    assert run("check", theatre).code == run("verify", plan_dir).code == 0


@pytest.mark.parametrize(
    ("reason", "limit", "gap", "deadline", "code"),
    [
        ("optimal", None, 0.0, None, 0),
        ("feasible", None, 0.2, None, 1),
        ("feasible", "time", 0.2, 5.0, 0),
        ("feasible", "interrupted", 0.2, None, 0),
        ("no_plan", "time", 0.0, 5.0, 3),
        ("impossible", None, 0.0, None, 1),
        ("failed", None, 0.0, None, 1),
    ],
)
def test_exit_codes(reason: str, limit: str | None, gap: float, deadline: float | None, code: int) -> None:
    told = {"reason": reason, "limit": limit, "gap": gap, "violations": []}
    assert planning.plan_exit_code(Asked("x", deadline=deadline), told) == code
    good = {"reason": "optimal", "limit": None, "gap": 0.0, "violations": []}
    assert planning.plan_exit_code(Asked("x", deadline=deadline), {**good, "base": told}) == code


def test_no_plan_in_time_is_exit_code_3(run: Run, theatre: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> Answer:
        raise NoPlanError("no plan in 1 s")

    monkeypatch.setattr("api.commands.questions.plan", none)
    ran = run("plan", theatre, "--json", "--deadline", "1")
    assert ran.code == 3 and ran.json["error"]["code"] == "no-plan"

    goal = Goal("tier1_short", 1.0, 0.0, 1.0, 1.0, "none")
    empty = Answer(Plan.empty(), Reason.NO_PLAN, Limit.TIME, "whole", "highs", (goal,), {})
    monkeypatch.setattr("api.commands.questions.plan", lambda *_, **__: empty)
    ran = run("plan", theatre, "--deadline", "1")
    assert ran.code == 3 and "no plan was found in time" in ran.out
    assert list(Path.cwd().iterdir()) == []


def test_an_unforeseen_error_shows_an_id_and_no_trace(run: Run, theatre: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Answer:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("api.commands.questions.plan", broken)
    ran = run("plan", theatre)
    assert ran.code == 1 and "Traceback" not in ran.err and "secret" not in ran.err
    assert "casemate --debug" in ran.err
    assert run("plan", theatre, "--json").json["error"]["code"] == "internal-error"
    with pytest.raises(ZeroDivisionError):
        run("--debug", "plan", theatre)


def test_demo_plans_europe_under_renewed_attack(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Asked] = []
    monkeypatch.setattr(planning, "run_plan", lambda asked: seen.append(asked) or 0)
    assert run("demo").code == 0
    (asked,) = seen
    assert (asked.theatre, asked.scenario, asked.deadline, asked.relax) == (
        "europe",
        "renewed_attack",
        60.0,
        False,
    )
