"""What-ifs: equal to a run from nothing, relative to the base, whatever was asked before."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.change import apply
from data.problems import ChangeError
from data.verify import verify
from optimizer import Limits, Session, plan
from optimizer.formulations.reinforce import prepare
from optimizer.methods.columns import Columns
from optimizer.methods.engine import Dual
from optimizer.methods.warm import carried_over
from optimizer.methods.warm_prices import Renamed, row_names
from optimizer.outcome import Progress
from optimizer.session import WhatIf
from tests.agreement import conditional_agreement
from tests.properties.proofs import no_better_than_proven
from tests.properties.worlds import Tables, few, tables, world_of
from tests.worlds import build, item, link, lot, need

TIGHT = Limits(gap=1e-6)


def two_ways() -> Session:
    links = [link("D-S", "D", "S", capacity=10.0), link("D-H", "D", "H"), link("H-S", "H", "S", capacity=5.0)]
    nodes = [
        {"node": name, "kind": kind, "latitude": 50.0, "longitude": 20.0}
        for name, kind in (("D", "depot"), ("H", "hub"), ("S", "sector"))
    ]
    items = [item(value=100.0)]
    return Session(*build(links=links, nodes=nodes, items=items, needs=[need(quantity=60.0, rdd=3)]))


def short(answer: WhatIf) -> float:
    return answer.objectives["tier1_short"] * 60.0


def test_a_what_if_says_what_the_change_does() -> None:
    session = two_ways()  # days 0, 1 and 2 by road; over the hub it leaves on days 0 and 1: 3 · 10 + 2 · 5
    assert short(session.base()) == pytest.approx(20.0)
    answer = session.ask(["links[link=D-S].capacity = 20"])
    assert short(answer) == pytest.approx(0.0, abs=1e-6)
    assert answer.deltas["objectives"]["tier1_short"] == pytest.approx(-20 / 60)
    assert answer.started == "warm" and answer.changes == ("links[link=D-S].capacity = 20",)
    assert sum(row.after - row.before for row in answer.shipments_changed) == pytest.approx(20.0)
    assert answer.base == session.base().digests != answer.digests


def test_what_binds_now_is_named_and_new_only_if_it_did_not_bind_before() -> None:
    session = two_ways()
    full = {row.key: row for row in session.ask(["nodes[node=H].handling = 2"]).binding}
    assert full["H"].kind == "handling" and full["H"].new and full["H"].limit == 2.0
    assert not full["D-S"].new and full["D-S"].days == (0, 1, 2)


def test_an_answer_is_plain_values_that_pickle() -> None:
    answer = two_ways().ask(["links[link=H-S].capacity *= 2"])
    again = pickle.loads(pickle.dumps(answer))
    assert again.objectives == answer.objectives and again.plan == answer.plan and again.binding == answer.binding


def test_questions_are_relative_to_the_base_not_to_the_question_before() -> None:
    session = two_ways()
    first = session.ask(["drop links[link=D-S]"])
    session.ask(["links[link=D-S].capacity = 0", "needs[need=N1].quantity = 5"])
    assert session.ask(["drop links[link=D-S]"]).objectives == first.objectives
    assert session.ask([]).objectives == session.base().objectives


def test_a_change_that_names_nothing_is_refused_and_the_session_goes_on() -> None:
    session = two_ways()
    with pytest.raises(ChangeError):
        session.ask(["links[link=NOWHERE].capacity = 1"])
    assert short(session.ask([])) == pytest.approx(20.0)


@pytest.mark.parametrize(
    "change",
    ["drop links[link=D-S]", "links[link=D-S].transit = 4", "stocks[lot=L1].ready_day = 2", "drop stocks[lot=L1]"],
)
def test_paths_that_a_change_shuts_are_not_carried_over(change: str) -> None:
    session = two_ways()
    session.base()
    engine = session._engine
    assert isinstance(engine, Columns)

    met = engine.pool.paths(np.ones(len(engine.pool)))
    if change.startswith("drop stocks"):
        rows = {"stocks": [lot("L2")]}
        new = prepare(*build(**rows))
    else:
        new = prepare(*session.apply([change]))
    kept = carried_over(engine.setting, met, new)
    assert len(kept) < len(met)
    moves = new.network.moves
    for p in range(len(kept)):
        assert all(moves.depart[m] >= new.sources.release[kept.lot[p]] for m in kept.moves[p])
        assert all(new.theatre.links["link"][moves.link[m]] != "D-S" for m in kept.moves[p]) or "ready" in change


EDITS = (
    lambda rows, i: [f"links[link={rows['links'][i % len(rows['links'])]['link']}].capacity = 1.5"],
    lambda rows, i: [f"drop stocks[lot={rows['stocks'][i % len(rows['stocks'])]['lot']}]"],
    lambda rows, i: [f"needs[need={rows['needs'][i % len(rows['needs'])]['need']}].quantity *= 2"],
    lambda rows, i: [f"stocks[lot={rows['stocks'][i % len(rows['stocks'])]['lot']}].ready_day = {i % 4}"],
    lambda rows, i: [f"donors[donor={rows['donors'][i % len(rows['donors'])]['donor']}].approval_days = {i % 5}"],
    lambda rows, i: [f"drop needs[need={rows['needs'][i % len(rows['needs'])]['need']}]"],
    lambda rows, i: [f"lift[donor={rows['donors'][0]['donor']}].capacity *= 0.3"],
)


@few(0.04)
@given(
    rows=tables(whole=False),
    asked=st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 9)), min_size=2, max_size=4),
)
def test_a_warm_answer_is_proven_like_a_cold_one_whatever_was_asked_before(rows: Tables, asked: list) -> None:
    session = Session(*world_of(rows))
    for edit, i in asked:
        try:
            changes = edit(rows, i)
            theatre, scenario = apply(session.theatre, session.scenario, changes)
        except (ChangeError, KeyError, ValueError):
            continue
        except Exception as error:  # a table that the edit leaves empty
            if type(error).__name__ == "TableError":
                continue
            raise
        warm, cold = session.ask(changes, TIGHT), plan(theatre, scenario, limits=TIGHT)
        assert verify(theatre, scenario, warm.plan) == []
        assert conditional_agreement(theatre, scenario, warm, "highs") == []
        no_better_than_proven(warm, cold)
        no_better_than_proven(cold, warm)


def test_what_changes_nothing_is_proven_without_solving_anything() -> None:
    session = two_ways()
    session.base()
    seen: list[Progress] = []
    answer = session.ask(["nodes[node=S].name = Elsewhere"], on_progress=seen.append)
    assert answer.gap < 1e-6 and answer.objectives == session.base().objectives
    assert {step.phase for step in seen} == {"building"}
    asked = session.ask(["nodes[node=H].handling = 2"], on_progress=seen.append)
    assert asked.gap < 1e-6 and "columns" in {step.phase for step in seen}


def test_prices_are_found_again_by_the_names_of_their_rows() -> None:
    session = two_ways()
    theatre, scenario = session.theatre, session.scenario
    old = prepare(theatre, scenario)
    new = prepare(*apply(theatre, scenario, ["drop links[link=H-S]", "links[link=D-S].capacity = 7"]))
    before, after = row_names(old), row_names(new)
    assert len(set(before)) == len(before) and len(set(after)) == len(after)
    dual = Dual(np.arange(len(before)), np.arange(len(before)) + 1.0, {"tier1_short": 2.0})
    moved = Renamed(old, new).dual(dual)
    assert {after[row]: price for row, price in zip(moved.rows, moved.price, strict=True)} == {
        name: i + 1.0 for i, name in enumerate(before) if name in after
    }
    assert moved.named == {"tier1_short": 2.0} and any(name not in after for name in before)
