"""Fixtures for all tests: solvers by capability, and one profile of drawn examples."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from optimizer.solvers import SOLVERS

# NB: the same examples on every machine and every run, shown as drawn when one fails. For new ones, made small:
# HYPOTHESIS_PROFILE=search pytest tests/properties --timeout=3600
_quiet = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
_drawn = (Phase.explicit, Phase.generate)
settings.register_profile("steady", derandomize=True, database=None, max_examples=100, phases=_drawn, **_quiet)
settings.register_profile("search", max_examples=1000, print_blob=True, **_quiet)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/*.lp anew")


# Every way to plan whole items: the column method with its own master, and the whole program by each solver.
WAYS = (
    {"method": "columns"},
    *({"method": "whole", "solver": name} for name, can in sorted(SOLVERS.items()) if can.whole),
)
# The ways that plan fractions only: solvers of linear programs.
LINEAR = tuple({"method": "whole", "solver": name} for name, can in sorted(SOLVERS.items()) if not can.whole)


@pytest.fixture(params=WAYS, ids=lambda way: "-".join(way.values()))
def way(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the method and solver of each way to plan whole items, one after the other."""
    return dict(request.param)


@pytest.fixture(params=[*WAYS, *LINEAR], ids=lambda way: "-".join(way.values()))
def relaxed_way(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the method and solver of each way to plan fractions, one after the other."""
    return dict(request.param)


@pytest.fixture(params=sorted(SOLVERS))
def solver(request: pytest.FixtureRequest) -> str:
    """Return the name of each solver offered, one after the other."""
    return str(request.param)
