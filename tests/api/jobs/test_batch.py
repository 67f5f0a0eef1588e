"""A batch from its spec to its table, on the command line and through the rows."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import duckdb
import pytest

from api.jobs import Post, State, batch, get, submit, work
from api.jobs.batch_spec import parse_spec
from api.store import Store, plans
from data.formats import save
from data.problems import TableError
from tests.api.conftest import Run
from tests.api.databases import ALL
from tests.api.jobs.worlds import capacities, stored, submitted
from tests.worlds import build

GRID = """
theatre: world
scenarios: [test]
changes:
  road:
    open: []
    half: "links[link=D-S].capacity = 10"
    no: "links[link=D-S].capacity = 0"
expect:
  - reason == 'optimal'
  - tier1_short == 0
"""


def done(store: Store, job_id: str) -> None:
    thread = threading.Thread(target=lambda: work(Post(store.url, job_id)))
    thread.start()
    thread.join(120)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    theatre, scenario = build(horizon=4)
    save(tmp_path / "world", theatre, [scenario])
    (tmp_path / "spec.yaml").write_text(GRID, encoding="utf-8")
    return tmp_path / "spec.yaml"


def test_a_plan_job_leaves_a_plan(store: Store) -> None:
    _, scenario_id = stored(store)
    with store.begin(ALL) as tx:
        job_id = submit(tx, "plan", {"scenario": scenario_id, "changes": ["links[link=D-S].capacity = 10"]})
    done(store, job_id)
    with store.begin(ALL) as tx:
        job = get(tx, job_id)
        assert (job["state"], job["reason"]) == (State.SUCCEEDED, "optimal")
        plan_id = job["result"]["plan"]
        assert plans.get(tx, plan_id)["document"]["objectives"]["tier1_short"] == pytest.approx(0.5)
        assert plans.load(tx, plan_id).digest == plans.get(tx, plan_id)["digest"]


def test_short_is_a_result_and_a_change_that_does_not_apply_a_failure(store: Store) -> None:
    spec = parse_spec("""
        cases:
          - {name: none, scenario: test, changes: "links[link=D-S].capacity = 0"}
          - {name: wrong, scenario: test, changes: "links[link=X].capacity = 0"}
          - {name: base, scenario: test}
        expect: tier1_short < 1
    """)
    job_id = submitted(store, spec)
    done(store, job_id)
    with store.begin(ALL) as tx:
        job, rows = get(tx, job_id), batch.table(tx, job_id).set_index("case")
    assert (job["state"], job["reason"]) == (State.SUCCEEDED, "with failures")
    assert rows.loc["none", "tier1_short"] == 1.0 and rows.loc["none", "reason"] == "optimal"
    assert rows.loc["base", "tier1_short"] == 0.0
    assert rows.loc["wrong", "state"] == "failed"
    assert rows.loc["wrong", "error"].startswith("change-not-applicable: links[link=X].capacity = 0: no such row")
    assert job["result"]["rules"][0]["cases"] == ["none", "wrong"]


def test_the_command_writes_one_table_and_judges_it(world: Path, run: Run) -> None:
    ran = run("batch", world, "--out", "b", "--workers", "1", "--json")
    assert ran.code == 1
    told = ran.json
    assert (told["cases"], told["done"], told["failed"], told["state"]) == (3, 3, 0, "succeeded")
    assert [rule["passed"] for rule in told["rules"]] == [True, False]
    assert told["rules"][1]["cases"] == ["test · road=half", "test · road=no"]
    found = duckdb.sql("SELECT \"case\", tier1_short FROM 'b/results.parquet' ORDER BY tier1_short").fetchall()
    assert found == [("test · road=open", 0.0), ("test · road=half", 0.5), ("test · road=no", 1.0)]


def test_the_same_command_goes_on_and_judges_by_the_rules_as_they_are_now(world: Path, run: Run) -> None:
    assert run("batch", world, "--out", "b", "--workers", "1").code == 1
    before = json.loads(Path("b/batch.json").read_text())
    world.write_text(GRID.replace("tier1_short == 0", "tier1_short <= 1"), encoding="utf-8")
    ran = run("batch", world, "--out", "b", "--workers", "1")
    assert ran.code == 0 and "pass" in ran.out
    assert json.loads(Path("b/batch.json").read_text())["job"] == before["job"]
    world.write_text(GRID.replace("= 10", "= 11"), encoding="utf-8")
    refused = run("batch", world, "--out", "b", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "output-refused")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scenarios: [a]\nnonsense: 1", "unknown key"),
        ("scenarios: [a]\ncases: [{scenario: a}]", "a grid or a list"),
        ("scenarios: [a]\nchanges: {x: {y: 'links = 3'}}", "changes.x.y"),
        ("scenarios: [a]\nexpect: ['__import__(1) == 0']", "does not read at"),
        ("scenarios: [a]\ngap: -1\ndeadline: .nan", "2 problem"),
        ("scenarios: [a, a]", "two cases have one name"),
        ("scenarios: []", "no scenario is named"),
        ("cases: [{changes: x}]", "is no case"),
        ("a: &x [1]\nb: *x", "aliases are not taken"),
        ("[1", "is no YAML"),
        ("scenarios: [a]\ngap: 1\ngap: 2", "a key stands twice"),
        ("scenarios: [a]\nchanges: {x: {y: [], y: []}}", "a key stands twice in line 2"),
        ("seeds: [1.5]\nscenarios: [a]", "is no seed"),
        (f"scenarios: [a]\nseeds: [{', '.join(map(str, range(400)))}]\nchanges: "
         f"{{x: {{{', '.join(f'{i}: []' for i in range(400))}}}}}", "more than 100000 cases"),
    ],
)  # fmt: skip
def test_every_problem_of_a_spec_is_named(text: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        parse_spec(text)


def test_a_grid_is_every_scenario_with_every_change_and_seed() -> None:
    spec = parse_spec("scenarios: [a, b]\nseeds: [1, 2]\nchanges: {x: {on: [], off: 'drop caveats[donor=A]'}}")
    assert len(spec.cases) == 8
    assert (spec.cases[3].name, spec.cases[3].changes) == ("a · x=off · seed 2", ("drop caveats[donor=A]",))


def test_a_spec_has_another_digest_when_its_results_may_differ() -> None:
    base = capacities(1, 2)
    assert capacities(1, 2, expect=["cost < 1"]).digest == base.digest
    assert len({base.digest, capacities(1, 3).digest, capacities(1, 2, gap=0.1).digest}) == 3
