"""Text on slides: paragraphs of runs, how large they may be written to fit a box, and where they are cut."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from data.formats.deck_style import INK, SOFT, Box

LINE = 1.22  # height of a line, in heights of the text
SPACE = 0.25  # between paragraphs, in heights of the text
SAFE = 1.03  # bold letters, and fonts that are a little wider
NARROW = frozenset("ijlftr.,:;'|!()[]- ·")
LONGEST = 400  # letters of a run or a cell
FEWEST = 12  # letters that are worth being written


class Run(NamedTuple):
    """A piece of text of one look."""

    text: str
    bold: bool = False
    colour: str = INK


class Paragraph(NamedTuple):
    """Runs in one paragraph; a bullet stands before it where asked."""

    runs: tuple[Run, ...]
    bullet: bool = False

    @property
    def text(self) -> str:
        """Return what is written."""
        return ("• " if self.bullet else "") + "".join(run.text for run in self.runs)


def paragraph(*runs: str | Run, bullet: bool = False) -> Paragraph:
    """Return a paragraph of these runs, plain texts in the usual look."""
    made = (Run(run) if isinstance(run, str) else run for run in runs)
    return Paragraph(tuple(run._replace(text=clipped(run.text)) for run in made), bullet)


def clipped(text: str) -> str:
    """Return the text, cut where no reader of a slide would follow it any longer."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def strong(text: str, colour: str = INK) -> Run:
    """Return a run in bold."""
    return Run(text, True, colour)


def soft(text: str) -> Run:
    """Return a run in grey."""
    return Run(text, False, SOFT)


def fitting(paragraphs: Sequence[Paragraph], box: Box, most: int, least: int) -> int:
    """Return the largest size, in points, at which the paragraphs fit the box; the least where none does."""
    return next((size for size in range(most, least, -1) if needed(paragraphs, box.w, size) <= box.h), least)


def needed(paragraphs: Sequence[Paragraph], width: float, size: float) -> float:
    """Return the height the paragraphs take in a box of this width, in inches."""
    lines = sum(_lines(one.text, width * 72 / size) for one in paragraphs)
    return (lines * LINE + len(paragraphs) * SPACE) * size / 72


def cut(paragraphs: Sequence[Paragraph], box: Box, size: int) -> list[Paragraph]:
    """Return the paragraphs that fit the box at this size, the first that does not shortened to what fits."""
    kept: list[Paragraph] = []
    for one in paragraphs:
        if needed([*kept, one], box.w, size) <= box.h + 1e-6:
            kept.append(one)
            continue
        fits = [n for n in range(FEWEST, len(one.text))
                if needed([*kept, _shortened(one, n)], box.w, size) <= box.h + 1e-6]  # fmt: skip
        if fits or not kept:
            kept.append(_shortened(one, max(fits, default=FEWEST)))
        break
    return kept


def _lines(text: str, width: float) -> int:
    """Return the lines a text takes when words are not broken; the width is in heights of the text."""
    lines, used = 1, 0.0
    for word in text.split(" "):
        room = _breadth(word)
        if used and used + room > width:
            lines, used = lines + 1, 0.0
        if room > width:  # a word longer than a line is broken
            lines, used = lines + math.ceil(room / width) - 1, room % width
        else:
            used += room + _breadth(" ")
    return lines


def _breadth(text: str) -> float:
    wide = sum(0.27 if c in NARROW else 0.6 if c.isupper() or c in "mw_%—" else 0.5 for c in text)
    return wide * SAFE


def _shortened(given: Paragraph, letters: int) -> Paragraph:
    runs, left = [], letters
    for run in given.runs:
        if len(run.text) >= left:
            runs.append(run._replace(text=run.text[: max(0, left - 1)].rstrip() + "…"))
            break
        runs.append(run)
        left -= len(run.text)
    return given._replace(runs=tuple(runs))
