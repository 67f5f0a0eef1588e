"""Sizes and colours of slides, and boxes on them, in inches."""

from __future__ import annotations

from typing import NamedTuple

from pptx.util import Inches

WIDTH, HEIGHT = 13.333, 7.5
BANNER, MARGIN = 0.3, 0.5
TOP, BOTTOM = 1.75, 7.08  # of what stands below title and note

INK, SOFT, RULE = "16202A", "53606C", "D8DDE1"
BLUE, LIGHT, RED, PALE = "1F4E79", "C9DAE8", "B03A2E", "F1D6D1"


class Box(NamedTuple):
    """A rectangle on a slide."""

    x: float
    y: float
    w: float
    h: float

    @property
    def emu(self) -> tuple[int, int, int, int]:
        """Return it in the units of the file."""
        return Inches(self.x), Inches(self.y), Inches(self.w), Inches(self.h)

    @property
    def ends(self) -> tuple[int, int, int, int]:
        """Return its two corners in the units of the file."""
        return Inches(self.x), Inches(self.y), Inches(self.x + self.w), Inches(self.y + self.h)
