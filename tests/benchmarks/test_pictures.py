"""Pictures of the README: what of a briefing they show."""

from __future__ import annotations

from pathlib import Path

from api.briefing.page import HERE
from benchmarks import pictures

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = (HERE / "briefing.html.j2").read_text(encoding="utf-8")
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def test_each_picture_shows_a_part_that_the_briefing_has() -> None:
    assert '<div class="front">' in TEMPLATE and TEMPLATE.count("<figure>") == 1
    for part in pictures.PARTS:
        shown = pictures.page(TEMPLATE, part)
        assert shown.count(pictures.HEIGHT) == 1 and pictures.PARTS[part] in shown.split("</head>")[0]


def test_the_readme_shows_each_picture() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for part in pictures.PARTS:
        assert f"docs/images/{part}.png" in readme
        assert (ROOT / "docs" / "images" / f"{part}.png").read_bytes()[:8] == SIGNATURE
