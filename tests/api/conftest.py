"""What the tests of the command line share: a small coalition as a folder, and a runner of commands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.cli import main
from data.formats import save
from data.theatre import Scenario, Theatre
from tests.worlds import build, force, fund, item, lift, link, lot, need, node, site


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return a runner of commands in an empty working folder."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    def runner(*arguments: str | Path) -> Ran:
        code = main([str(a) for a in arguments])
        return Ran(code, *capsys.readouterr())

    return runner


def coalition() -> tuple[Theatre, Scenario]:
    """Return two donors, a port, a hub and two sectors; more is asked than the road can bear."""
    return build(
        settings={"name": "attack", "start_date": "2030-03-01"},
        donors=[
            {"donor": "ALDER", "name": "Alder", "burden_share": 0.5, "authority": "Assembly"},
            {"donor": "BIRCH", "name": "Birch & <Sons>", "burden_share": 0.5, "approval_days": 1},
        ],
        recipients=[{"recipient": "HOST", "name": "Forces of the host"}],
        items=[
            {**item("box"), "name": "Boxes"},
            {**item("gen", whole=True, value=9000.0), "name": "Generators"},
        ],
        nodes=[
            node("D", "depot", latitude=52.5, longitude=13.4, country="AA"),
            node("E", "depot", latitude=44.2, longitude=28.6, country="BB"),
            node("H", "hub", latitude=50.0, longitude=22.0, country="AA"),
            {**node("S", "sector", latitude=49.0, longitude=27.0, country="CC"), "name": "Sector Swift"},
            node("T", "sector", latitude=48.0, longitude=31.0, country="CC"),
        ],
        links=[
            link("D-H", "D", "H", capacity=40.0, cost=5.0),
            link("E-H", "E", "H", mode="rail", cost=3.0),
            link("H-S", "H", "S", capacity=25.0),
            link("H-T", "H", "T", transit=2),
        ],
        modes=[{"mode": "road"}, {"mode": "rail"}],
        lift=[lift(), lift("BIRCH", mode="rail")],
        stocks=[
            lot("A1", on_hand=200.0),
            lot("A2", item="gen", on_hand=7.0, trigger=1),
            lot("B1", donor="BIRCH", node="E", on_hand=80.0),
        ],
        needs=[
            need("N1", quantity=90.0, rdd=4, lad=8),
            need("N2", sector="T", quantity=60.0, rdd=6, tier=2),
            need("N3", item="gen", quantity=4.0, rdd=6, lad=8),
        ],
        triggers=[{"day": 0, "level": 1, "cause": "Shelling reported"}],
    )


def buying() -> tuple[Theatre, Scenario]:
    """Return a coalition that has too few boxes, money that buys more, and a force that uses them."""
    return build(
        settings={"name": "attack", "start_date": "2030-03-01"},
        donors=[{"donor": "ALDER", "name": "Alder"}, {"donor": "BIRCH", "name": "Birch", "approval_days": 1}],
        items=[{**item(), "name": "Boxes"}],
        stocks=[lot(on_hand=20)],
        production=[site("M1", rate=20)],
        funds=[fund("G1", donor="BIRCH", amount=1000), fund("G2", purpose="budget_support", movable=True, trigger=3)],
        donor_use=[{"donor": "ALDER", "item": "box", "rate": 2, "replacement_days": 20}],
        factors=[{"force_type": "crew", "item": "box", "rate": 2.5}],
        holdings=[{"node": "S", "item": "box", "on_hand": 26, "reserved": 6}],
        needs=[],
        forces=[force(from_day=2, to_day=6)],
    )


@pytest.fixture
def theatre(tmp_path: Path) -> Path:
    """Return the folder of the small coalition with its one scenario."""
    world, scenario = coalition()
    return save(tmp_path / "coalition", world, [scenario])


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a plan of the small coalition, shared by all tests: not to be written to."""
    folder = tmp_path_factory.mktemp("planned")
    world, scenario = coalition()
    save(folder / "coalition", world, [scenario])
    with redirect_stdout(StringIO()):
        code = main(["plan", str(folder / "coalition"), "--out", str(folder / "plan"), "--deadline", "20"])
    assert code == 0
    return folder / "plan"


@pytest.fixture
def plan_dir(planned: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder."""
    return Path(shutil.copytree(planned, tmp_path / "plan"))
