"""Theatre europe in a renewed attack: how large, how short, and how its tonnage travels (relaxed, tiers 1 and 2)."""

import pytest

from data import load
from data.formats import load_scenario
from data.relax import relaxed
from data.score import score
from optimizer import Limits, plan
from optimizer.formulations.reinforce import prepare

PASSES = 3  # tier 1 short, tier 1 delay, tier 2 short


@pytest.mark.slow
def test_renewed_attack_is_as_large_and_as_short_as_its_page_says() -> None:
    theatre = load("europe")
    theatre, scenario = relaxed(theatre, load_scenario("europe", theatre, "renewed_attack"))
    assert sum(map(len, prepare(theatre, scenario).flows.values())) >= 100_000
    answer = plan(theatre, scenario, relax=True, limits=Limits(rounds=PASSES))
    goals = {g.goal: g for g in answer.goals}
    one, two = goals["tier1_short"], goals["tier2_short"]
    assert one.proof == two.proof == "certified" and max(one.gap, two.gap) <= 1e-4
    assert one.value <= 0.02 * one.scale
    assert 0.05 * two.scale <= two.bound and two.value <= 0.3 * two.scale
    kpis = score(theatre, scenario, answer.plan).kpis
    assert kpis["share_over_gauge_breaks"] >= 0.15
    assert kpis["share_in_large_shipments"] >= 0.9
