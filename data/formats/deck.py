"""A deck of slides for a projector: titles, texts, tables and native charts, the marking at top and bottom of each.

Boxes are in inches from the upper left corner of a slide of 13.33 × 7.5. Texts and tables are cut to what fits: a
slide that runs over its edge says nothing about what is lost.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from typing import Any, cast

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from data.formats.deck_charts import Chart, add_chart
from data.formats.deck_style import BANNER, BLUE, HEIGHT, INK, MARGIN, RULE, SOFT, WIDTH, Box
from data.formats.deck_text import SPACE, Paragraph, Run, clipped, cut, fitting, needed, paragraph, soft, strong

NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # a table without lines and bands of its own
CELL_PAD, CELL_TOP = 0.08, 0.045  # in


class Deck:
    """Slides in order; each has a title, and what is put on it in boxes."""

    def __init__(self, title: str, marking: str) -> None:
        """Begin a deck; its marking stands on every slide and in its properties."""
        self._show = Presentation()
        self._show.slide_width, self._show.slide_height = Inches(WIDTH), Inches(HEIGHT)
        told = self._show.core_properties
        told.title, told.keywords = f"{marking}: {title}", marking
        told.author, told.last_modified_by, told.comments = "Casemate", "Casemate", ""
        told.created = told.modified = datetime.datetime(2030, 1, 1)
        package = self._show.part.package
        for key in [k for k, rel in package._rels.items() if rel.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
            package.drop_rel(key)  # it shows the empty deck that every deck is made from
        self._marking = marking
        layouts = self._show.slide_layouts
        self._layout = cast(Any, next(one for one in layouts if one.name == "Title Only"))
        for layout in [one for one in layouts if one is not self._layout]:
            layouts.remove(layout)
        for holder in self._layout.placeholders:
            if holder.placeholder_format.type != 1:  # date, footer and number stand where the marking does
                holder._element.getparent().remove(holder._element)

    def slide(self, title: str, note: str = "") -> Slide:
        """Add a slide and return it."""
        page = self._show.slides.add_slide(self._layout)
        slide = Slide(page)
        heading = page.shapes.title
        box = Box(MARGIN, BANNER + 0.12, WIDTH - 2 * MARGIN, 0.86)
        heading.left, heading.top, heading.width, heading.height = box.emu
        size = fitting([paragraph(title)], box, 26, 16)
        _fill(heading.text_frame, cut([paragraph(strong(title))], box, size), size, MSO_ANCHOR.MIDDLE)
        if note:
            slide.text(Box(MARGIN, BANNER + 0.98, WIDTH - 2 * MARGIN, 0.34), [paragraph(soft(note))], 13, 10)
        for top in (0.0, HEIGHT - BANNER):
            _banner(page, self._marking, top)
        return slide

    def __len__(self) -> int:
        return len(self._show.slides)

    def to_bytes(self) -> bytes:
        """Return the deck as a .pptx file."""
        out = io.BytesIO()
        self._show.save(out)
        return out.getvalue()


class Slide:
    """One slide."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def heading(self, box: Box, text: str) -> None:
        """Write a heading with a line below it at the top of a box."""
        self.text(Box(box.x, box.y, box.w, 0.36), [paragraph(strong(text, BLUE))], 16, 12)
        line = _plain(self._page.shapes.add_connector(1, *Box(box.x, box.y + 0.38, box.w, 0).ends))
        line.line.color.rgb, line.line.width = RGBColor.from_string(INK), Pt(1)

    def text(self, box: Box, paragraphs: Sequence[Paragraph], most: int = 14, least: int = 10) -> None:
        """Write paragraphs in the largest size that fits; what does not fit at the least is cut off."""
        size = fitting(paragraphs, box, most, least)
        frame = self._page.shapes.add_textbox(*box.emu).text_frame
        _fill(frame, cut(paragraphs, box, size), size, MSO_ANCHOR.TOP)

    def table(
        self,
        box: Box,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        shares: Sequence[float],
        *,
        right: Iterable[int] = (),
        size: int = 12,
        bold: Iterable[int] = (0,),
    ) -> int:
        """Write a table, its columns by their shares of the width; return how many rows fit and were written."""
        rows = [[clipped(text) for text in row] for row in rows]
        widths = [box.w * share / sum(shares) for share in shares]
        heights = [_height(row, widths, size) for row in (head, *rows)]
        count = sum(1 for i in range(1, len(heights)) if sum(heights[: i + 1]) <= box.h)
        frame = self._page.shapes.add_table(count + 1, len(head), *box.emu)
        table, right, bold = frame.table, set(right), set(bold)
        table._tbl.tblPr.find(qn("a:tableStyleId")).text = NO_STYLE
        table.horz_banding = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Inches(width)
        for i, cells in enumerate((head, *rows[:count])):
            table.rows[i].height = Inches(heights[i])
            for j, text in enumerate(cells):
                look = Run(text, i == 0 or j in bold, SOFT if i == 0 else INK)
                _cell(table.cell(i, j), look, size if i else size - 1, j in right, INK if i == 0 else RULE)
        frame.height = Inches(sum(heights[: count + 1]))
        return count

    def chart(self, box: Box, chart: Chart) -> None:
        """Put a native chart into the box: its numbers can be edited."""
        add_chart(self._page.shapes, box, chart)


def _height(row: Sequence[str], widths: Sequence[float], size: int) -> float:
    cells = zip(row, widths, strict=True)
    return max(needed([paragraph(text)], width - 2 * CELL_PAD, size) for text, width in cells) + 2 * CELL_TOP


def _fill(frame: Any, paragraphs: Sequence[Paragraph], size: int, anchor: Any) -> None:
    frame.word_wrap, frame.vertical_anchor = True, anchor
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for i, one in enumerate(paragraphs):
        target = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        target.alignment, target.space_after, target.line_spacing = PP_ALIGN.LEFT, Pt(size * SPACE), 1.0
        for run in (Run("• "), *one.runs) if one.bullet else one.runs:
            _run(target, run, size)


def _run(target: Any, run: Run, size: float) -> None:
    piece = target.add_run()
    piece.text = run.text
    piece.font.size, piece.font.bold = Pt(size), run.bold
    piece.font.color.rgb = RGBColor.from_string(run.colour)


def _cell(cell: Any, run: Run, size: int, right: bool, line: str) -> None:
    cell.margin_left = cell.margin_right = Inches(CELL_PAD)
    cell.margin_top = cell.margin_bottom = Inches(CELL_TOP)
    cell.vertical_anchor = MSO_ANCHOR.TOP
    target = cell.text_frame.paragraphs[0]
    target.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    _run(target, run, size)
    below = cell._tc.get_or_add_tcPr().makeelement(qn("a:lnB"), {"w": "9525"})
    fill = below.makeelement(qn("a:solidFill"), {})
    fill.append(fill.makeelement(qn("a:srgbClr"), {"val": line}))
    below.append(fill)
    cell._tc.get_or_add_tcPr().append(below)


def _banner(page: Any, marking: str, top: float) -> None:
    shape = _plain(page.shapes.add_shape(1, *Box(0, top, WIDTH, BANNER).emu))
    shape.name = "Marking"
    shape.fill.solid()
    shape.fill.fore_color.rgb = RGBColor.from_string(INK)
    shape.line.fill.background()
    frame = shape.text_frame
    frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor, frame.word_wrap = MSO_ANCHOR.MIDDLE, False
    frame.paragraphs[0].alignment = PP_ALIGN.CENTER
    _run(frame.paragraphs[0], Run(marking[:150], True, "FFFFFF"), 11)


def _plain(shape: Any) -> Any:
    """Return the shape without the look of its theme: shadows and lines."""
    shape._element.remove(shape._element.find(qn("p:style")))
    return shape
