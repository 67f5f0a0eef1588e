"""The tutorial does what it says: its commands run one after the other, and their output is the one it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tutorial.md"
LEFT_OUT = "…"


def blocks() -> Iterator[tuple[str, list[str]]]:
    """Yield each shell block with the lines shown after it, if any."""
    text = PAGE.read_text(encoding="utf-8")
    for found in re.finditer(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", text, re.MULTILINE | re.DOTALL):
        yield found[1], (found[2] or "").splitlines()


def spaced(line: str) -> str:
    return " ".join(line.split())


def missing(shown: list[str], printed: str) -> list[str]:
    """Return the lines shown that are not printed in this order; … stands for what is left out."""
    lines = iter([spaced(line) for line in printed.splitlines()])
    return [line for line in shown if line != LEFT_OUT and not any(agree(line, other) for other in lines)]


def agree(shown: str, printed: str) -> bool:
    begin, left_out, _ = spaced(shown).partition(LEFT_OUT)
    return printed.startswith(begin) if left_out else printed == begin


@pytest.fixture(scope="module")
def run_tutorial(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, list[str], str]]:
    """Return every shell block with what the page shows and what was printed."""
    folder = tmp_path_factory.mktemp("tutorial")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    out = []
    for block, shown in blocks():
        done = subprocess.run(
            ["bash", "-eu", "-c", block],
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=60,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}"
        out.append((block, shown, done.stdout))
    return out


def test_every_command_of_the_tutorial_prints_what_the_page_shows(
    run_tutorial: list[tuple[str, list[str], str]],
) -> None:
    for block, shown, printed in run_tutorial:
        assert missing(shown, printed) == [], f"{block}\n{printed}"


def test_every_casemate_command_of_the_tutorial_has_its_output_shown() -> None:
    assert [block for block, shown in blocks() if "casemate " in block and not shown] == []
    assert {name for block, _ in blocks() for name in re.findall(r"casemate (\w+)", block)} == {
        "check", "plan", "whatif", "verify"
    }  # fmt: skip


def test_a_line_that_is_not_printed_is_noticed() -> None:
    assert missing(["a  1", LEFT_OUT, "b"], "a 1\nx\nb\n") == []
    assert missing(["b", "a 1"], "a 1\nb\n") == ["a 1"]
    assert missing(["a …", "c …"], "a 1\nb\n") == ["c …"]
