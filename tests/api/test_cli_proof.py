"""casemate verify: what is proven of a plan folder, and what of it was tampered with."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.contracts import CERTIFICATE
from data.formats.csv_file import read_csv, to_csv
from data.tables import Table
from tests.api.conftest import Run


@pytest.fixture
def folder(run: Run, theatre: Path) -> Path:
    """Return the folder of a plan whose bounds are certified."""
    assert run("plan", theatre, "--relax").code == 0
    return Path.cwd() / "plan-coalition"


def prices(folder: Path) -> pd.DataFrame:
    return read_csv(folder / "certificate.csv")[0]


def rewrite(folder: Path, frame: pd.DataFrame) -> None:
    """Write other prices, and name their digest in plan.json as who tampers would."""
    table = Table.of(CERTIFICATE, frame)
    (folder / "certificate.csv").write_text(to_csv(table))
    restate(folder, lambda told: told["digest"].update(certificate=table.digest))


def restate(folder: Path, change: Any) -> None:
    told = json.loads((folder / "plan.json").read_text())
    change(told)
    (folder / "plan.json").write_text(json.dumps(told))


def test_verify_says_how_far_each_goal_is_proven_and_how(run: Run, folder: Path) -> None:
    ran = run("verify", folder, "--json")
    assert ran.code == 0
    told = {row["goal"]: row for row in ran.json["proofs"]}
    assert list(told) == [goal["goal"] for goal in json.loads((folder / "plan.json").read_text())["goals"]]
    assert {row["proof"] for row in told.values()} == {"certified"}
    assert told["tier1_short"]["proven"] == pytest.approx(told["tier1_short"]["bound"])
    assert told["tier1_short"]["bound"] > 0.1  # the road bears less than is asked
    read = run("verify", folder).out
    assert "lawful" in read and "tier1_short" in read and "certified" in read


def test_other_prices_are_noticed_by_their_digest(run: Run, folder: Path) -> None:
    path = folder / "certificate.csv"
    path.write_text(path.read_text().replace("link,H-S", "link,D-H", 1))
    ran = run("verify", folder)
    assert ran.code == 1 and "the tables of certificate are not the ones plan.json names" in ran.err
    path.unlink()
    assert run("verify", folder).code == 1


@pytest.mark.parametrize("keep", ["none", "smaller", "elsewhere"])
def test_prices_that_prove_less_are_noticed_by_the_bound(run: Run, folder: Path, keep: str) -> None:
    frame = prices(folder)
    first = frame["goal"] == "tier1_short"
    assert first.any()
    if keep == "none":
        frame = frame[~first]
    elif keep == "smaller":
        frame.loc[first, "halvings"] = (frame.loc[first, "halvings"].astype(int) + 1).astype(str)
    else:
        frame.loc[first, "day"] = "0"
        frame.loc[first, "key"] = "D-H"
        frame = frame[~first | ~frame.duplicated(["goal", "rule", "key", "day", "since"])]
    rewrite(folder, frame)
    ran = run("verify", folder, "--json")
    row = ran.json["proofs"][0]
    assert ran.code == 1 and ran.json["lawful"]
    assert row["proof"] == "claimed" and row["proven"] < row["bound"]
    assert row["wrong"].startswith("the certificate proves")
    assert "the certificate proves" in run("verify", folder).out


def test_a_better_bound_than_the_prices_prove_is_noticed(run: Run, folder: Path) -> None:
    def better(told: Any) -> None:
        goal = told["goals"][0]
        goal["bound"] = goal["value"] * 0.5 + goal["bound"] * 0.5 + 1e-3
        goal["gap"] = (goal["value"] - goal["bound"]) / goal["scale"]

    restate(folder, better)
    ran = run("verify", folder, "--json")
    assert ran.code == 1 and ran.json["proofs"][0]["wrong"].startswith("the certificate proves")


def test_a_gap_that_value_and_bound_do_not_make_is_noticed(run: Run, folder: Path) -> None:
    restate(folder, lambda told: told["goals"][2].update(gap=told["goals"][2]["gap"] + 0.01))
    ran = run("verify", folder, "--json")
    assert ran.code == 1 and "of the scale apart" in ran.json["proofs"][2]["wrong"]


def test_a_bound_that_allows_earlier_goals_less_than_the_plan_takes_is_noticed(run: Run, folder: Path) -> None:
    restate(folder, lambda told: told["allows"].update(tier1_short=told["allows"]["tier1_short"] - 0.01))
    ran = run("verify", folder, "--json")
    assert ran.code == 1
    assert "allows tier1_short less than the plan takes" in ran.json["proofs"][-1]["wrong"]


def test_a_plan_without_certificate_is_verified_as_before(run: Run, folder: Path) -> None:
    (folder / "certificate.csv").unlink()

    def without(told: Any) -> None:
        del told["digest"]["certificate"]
        for goal in told["goals"]:
            goal["proof"] = "claimed"

    restate(folder, without)
    ran = run("verify", folder, "--json")
    assert ran.code == 0
    assert ran.json["proofs"][0]["proof"] == "claimed" and ran.json["proofs"][0]["proven"] == 0.0
