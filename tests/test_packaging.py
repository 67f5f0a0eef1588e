"""What the wheel contains."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("optimizer", "data", "api")
# Not shipped by any package: what Python and the tools write beside the code.
BY_PRODUCTS = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache")


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = out.glob("casemate-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_holds_exactly_optimizer_data_and_api(wheel_names: list[str]) -> None:
    top = {name.split("/")[0] for name in wheel_names}
    info = {name for name in top if name.endswith(".dist-info")}
    assert len(info) == 1
    assert top - info == set(PACKAGES)


def test_tables_and_templates_are_shipped_with_the_code(wheel_names: list[str]) -> None:
    beside_code = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc") and not set(path.parts) & set(BY_PRODUCTS)
    }
    assert sorted(beside_code - set(wheel_names)) == []


def test_the_wheel_installs_the_command_casemate(wheel_names: list[str]) -> None:
    assert any(name.endswith(".dist-info/entry_points.txt") for name in wheel_names)
    assert any("/licenses/LICENSE" in name for name in wheel_names)
