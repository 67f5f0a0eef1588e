"""The edits that planners ask a running service: those of small effect leave what stands at its limit alone."""

import numpy as np
import pytest

from benchmarks.protocol import protocol
from benchmarks.service_load import Slight
from data.change import apply
from data.counting import at_limit, usage
from optimizer import Session
from tests.api.conftest import coalition


def test_edits_of_small_effect_fit_and_touch_no_limit_that_is_reached() -> None:
    given, scenario = coalition()
    wide = given.links.frame().fillna({"capacity": 1e4})
    theatre = given.replace(links=wide, nodes=given.nodes.frame().assign(handling=1e4))
    base = Session(theatre, scenario).base()
    draw = Slight(theatre, scenario, base, np.random.default_rng(7))
    full = at_limit(usage(theatre, scenario, base.plan))
    reached = {str(key) for kind, key in zip(full["kind"], full["key"], strict=True) if kind in ("link", "handling")}
    assert reached, "or there is nothing to leave alone"
    texts = [text for _ in range(20) for kind in ("slack", "slight") for text in draw.one(kind).changes]
    assert {text.split("[")[0] for text in texts} == {"links", "nodes", "stocks"}
    for text in texts:
        apply(theatre, scenario, [text])
        assert not any(f"={key}]" in text for key in reached), text


@pytest.mark.parametrize("scenario", ["monitoring", "renewed_attack"])
def test_the_protocol_says_what_is_asked_of_each_scenario(scenario: str) -> None:
    told = protocol()["service_load"]
    kinds = {**told, **told.get(scenario, {})}["kinds"]
    assert kinds and set(kinds) <= {"quantity", "dates", "structure", "slack", "slight"}
