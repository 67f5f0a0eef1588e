"""What the tests of benchmarks share: a small theatre in a folder, asked for by name like a shipped one."""

from pathlib import Path

import pytest

from data.formats import save
from data.theatre import Scenario, Theatre
from tests.worlds import build, item, link, lot, need


def small_world() -> tuple[Theatre, Scenario]:
    """Return a world in which a road is too narrow for two tiers and whole items can be halved."""
    return build(
        items=[item(), item("pump", whole=True)],
        links=[link("D-S", "D", "S", capacity=10.0)],
        stocks=[lot("L1"), lot("L2", item="pump")],
        needs=[need(), need("N2", item="pump", quantity=15.5, rdd=5, tier=2)],
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the small world."""
    theatre, scenario = small_world()
    return save(tmp_path / "world", theatre, [scenario])
