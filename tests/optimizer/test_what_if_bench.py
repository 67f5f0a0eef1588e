"""The benchmark of what-ifs: on a world small enough to run here, and that it sees a wrong proof."""

from dataclasses import replace

from benchmarks.what_if import compare, disagreements
from optimizer import plan
from tests.worlds import build, link, lot, need


def test_what_ifs_of_a_small_world_are_measured_and_agree_with_runs_from_nothing() -> None:
    theatre, scenario = build(
        links=[link("D-S", "D", "S", capacity=10.0)], stocks=[lot("L1"), lot("L2")], needs=[need(), need("N2", rdd=5)]
    )
    told = compare(theatre, scenario, edits=6, seed=7, cold=1, report=lambda _: None)
    assert told["disagreements"] == 0 and told["unproven"] == 0 and told["checked"] == 3
    rival = told["rival_kept_basis"]
    assert rival["median_ratio"] > 0 and (rival["n"], rival["timeouts"], rival["base"]) == (1, 0, "answered")
    assert told["edits"] == sum(told[kind]["n"] for kind in ("quantity", "dates", "structure")) >= 5
    assert told["binding_share"] > 0.5 and told["changed_share"] > 0
    assert all(told[kind]["median_ratio"] > 0 for kind in ("quantity", "dates", "structure"))


def test_a_bound_above_what_another_plan_reaches_is_a_disagreement() -> None:
    answer = plan(*build(links=[link("D-S", "D", "S", capacity=10.0)]))
    wrong = replace(answer, goals=tuple(replace(g, bound=g.value + 0.1 * g.scale) for g in answer.goals))
    assert disagreements(answer, answer) == 0 and disagreements(answer, wrong) > 0
