"""The page of the rules names every hand-solved world, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from tests.worlds import WORLDS
from tests.worlds_works import WORKS_WORLDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def test_every_hand_solved_world_stands_with_its_rule() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    named = {
        name
        for line in re.findall(r"Worlds?: ((?:`\w+`(?:, )?)+)", text)
        for name in re.findall(r"\w+", line)
    }
    assert named == {make.__name__ for make in (*WORLDS, *WORKS_WORLDS)}


def test_every_hand_solved_world_does_its_sum() -> None:
    assert [make.__name__ for make in (*WORLDS, *WORKS_WORLDS) if not make.__doc__] == []
