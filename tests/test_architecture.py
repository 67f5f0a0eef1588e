"""Import directions and house style, as far as a machine can tell."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("optimizer", "data", "api")
MOST_LINES = 300
MOST_PUBLIC_NAMES = 10

# path -> reason. Empty is the aim: a file that grows past the limit has two subjects.
LONGER_FILES: dict[str, str] = {}

EMPTY_WORDS = re.compile(
    r"Manager|Helper|Utils|Processor|(?:^|_)(?:manager|helpers?|utils|processor)(?:_|$)",
)

# Assembled, so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("anaconda", "org"),
    )
]
MACHINE_PATH = re.compile(r"(?<![\w.*-])/(?:work|root)/")
SKIPPED_FOLDERS = {".git", ".venv", "__pycache__", "build", "dist", "plan", "out", "node_modules"}


def python_files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        # a file may be deleted and not yet committed
        return sorted(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())
    return sorted(
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not any(_skipped(part) for part in path.relative_to(ROOT).parts[:-1])
    )


def _skipped(folder: str) -> bool:
    return folder in SKIPPED_FOLDERS or folder.endswith(("_cache", ".egg-info")) or folder == ".hypothesis"


def defined_names(path: Path) -> list[str]:
    names = [path.stem]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.append(node.name)
    return names


def public_names(door: Path) -> list[str] | None:
    for node in ast.parse(door.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                assert node.value is not None
                return list(ast.literal_eval(node.value))
    return None


def test_imports_keep_their_contracts() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_longer_than_the_limit() -> None:
    lengths = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    longer = {name: lines for name, lines in lengths.items() if lines > MOST_LINES}
    assert {name: lines for name, lines in longer.items() if name not in LONGER_FILES} == {}
    assert sorted(set(LONGER_FILES) - set(longer)) == [], "exemptions no longer needed"


def test_names_say_what_a_thing_is() -> None:
    empty = {
        f"{relative(path)}: {name}"
        for path in python_files()
        for name in defined_names(path)
        if EMPTY_WORDS.search(name)
    }
    assert sorted(empty) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_door_lists_few_public_names(package: str) -> None:
    names = public_names(ROOT / package / "__init__.py")
    assert names is not None, f"{package}/__init__.py has no __all__"
    assert len(names) == len(set(names))
    assert len(names) <= MOST_PUBLIC_NAMES, f"{package} lists {len(names)} names"


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    found = []
    for path in tracked_files():
        # undecodable bytes (pictures, Parquet) are replaced: a plain address would still be seen
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if any(host in line for host in REGISTRY_HOSTS) or MACHINE_PATH.search(line):
                found.append(f"{relative(path)}:{number}: {line.strip()[:120]}")
    assert found == []
