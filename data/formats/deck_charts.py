"""Native charts on a slide: bars, stacked bars, lines, and columns with marks over them."""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION, XL_TICK_MARK
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.util import Pt

from data.formats.deck_style import INK, RULE, SOFT, Box

MOST_LETTERS = 40  # of a label
LIVE = re.compile(r"[={]|https?:|ftps?:|mailto:|internal:|external:", re.IGNORECASE)


class Look(StrEnum):
    """How a series is drawn."""

    FILLED = "filled"
    HIDDEN = "hidden"  # holds up what is stacked on it
    THICK = "thick"
    DASHED = "dashed"
    MARK = "mark"  # a point over each column


class Kind(StrEnum):
    """Kinds of charts."""

    BARS = "bars"  # lying, stacked
    COLUMNS = "columns"  # standing, stacked
    LINES = "lines"


@dataclass(frozen=True)
class Series:
    """Values by category, under a name that the legend shows; an empty one is not in the legend."""

    name: str
    values: Sequence[float]
    colour: str
    look: Look = Look.FILLED


@dataclass(frozen=True)
class Chart:
    """A chart: what it shows in words, its categories and its series."""

    kind: Kind
    meaning: str
    categories: Sequence[str] | Sequence[datetime.date]  # days for lines
    series: Sequence[Series]
    title: str = ""
    number: str = "#,##0"
    highest: float | None = None
    legend: bool = True
    size: int = 11
    every: int = 1  # of how many days one is labelled


TYPES = {
    Kind.BARS: XL_CHART_TYPE.BAR_STACKED,
    Kind.COLUMNS: XL_CHART_TYPE.COLUMN_STACKED,
    Kind.LINES: XL_CHART_TYPE.LINE,
}


def add_chart(shapes: Any, box: Box, chart: Chart) -> None:
    """Draw the chart in the box; its numbers stand in a sheet behind it."""
    held = CategoryChartData(number_format=chart.number)
    held.categories = [lifeless(c) if isinstance(c, str) else c for c in chart.categories]
    for series in chart.series:
        held.add_series(lifeless(series.name), [round(float(v), 6) for v in series.values])
    frame = shapes.add_chart(TYPES[chart.kind], *box.emu, held)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", chart.meaning)
    drawn = frame.chart
    drawn.font.size, drawn.font.color.rgb = Pt(chart.size), RGBColor.from_string(INK)
    drawn.has_title = bool(chart.title)
    if chart.title:
        drawn.chart_title.text_frame.text = chart.title
        font = drawn.chart_title.text_frame.paragraphs[0].runs[0].font
        font.size, font.bold, font.color.rgb = Pt(chart.size + 1), True, RGBColor.from_string(INK)
    drawn.has_legend = chart.legend
    if chart.legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        drawn.legend.font.size = Pt(chart.size)
        _hide_from_legend(drawn, [i for i, s in enumerate(chart.series) if s.look is Look.HIDDEN])
    _axes(drawn, chart)
    for drawn_series, series in zip(drawn.plots[0].series, chart.series, strict=True):
        _draw(drawn_series, series)
    if chart.kind is not Kind.LINES:
        drawn.plots[0].gap_width = 45
    marks = [i for i, series in enumerate(chart.series) if series.look is Look.MARK]
    if marks:
        _as_marks(drawn, marks)


def lifeless(text: str) -> str:
    """Return a label that the sheet behind the chart holds as a text, never as a formula or a link."""
    short = text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"
    return f" {short}" if LIVE.match(short) else short


def _axes(drawn: Any, chart: Chart) -> None:
    values, names = drawn.value_axis, drawn.category_axis
    values.minimum_scale, values.maximum_scale = 0, chart.highest
    if chart.highest is not None:
        values.major_unit = chart.highest / 4
    values.has_major_gridlines = True
    values.major_gridlines.format.line.color.rgb = RGBColor.from_string(RULE)
    values.format.line.fill.background()
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = chart.number, False
    for axis in (values, names):
        axis.tick_labels.font.size, axis.tick_labels.font.color.rgb = Pt(chart.size), RGBColor.from_string(SOFT)
        axis.major_tick_mark = XL_TICK_MARK.NONE
    if chart.kind is Kind.COLUMNS:
        names._element.find(qn("c:txPr")).find(qn("a:bodyPr")).set("rot", "-2700000")  # so that each is written
    names.format.line.color.rgb = RGBColor.from_string(SOFT)
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if chart.kind is Kind.BARS:
        names.reverse_order = True  # the first on top, as in a table
        values.tick_label_position = XL_TICK_LABEL_POSITION.HIGH  # which is then below
    if chart.kind is Kind.LINES:
        _days(names._element, chart.every)


def _days(axis: Any, every: int) -> None:
    """Make the axis one of days, every so manieth of them labelled."""
    last = axis.find(qn("c:lblOffset"))
    for name, value in (("majorTimeUnit", "days"), ("majorUnit", str(every)), ("baseTimeUnit", "days")):
        for old in axis.findall(qn(f"c:{name}")):
            axis.remove(old)
        last.addnext(axis.makeelement(qn(f"c:{name}"), {"val": value}))
    axis.find(qn("c:numFmt")).set("formatCode", "d mmm")


def _draw(drawn: Any, series: Series) -> None:
    colour = RGBColor.from_string(series.colour)
    if series.look is Look.HIDDEN:
        drawn.format.fill.background()
        drawn.format.line.fill.background()
    elif series.look in (Look.THICK, Look.DASHED):
        drawn.smooth = False
        drawn.marker.style = XL_MARKER_STYLE.NONE
        drawn.format.line.color.rgb = colour
        drawn.format.line.width = Pt(2.5 if series.look is Look.THICK else 1.5)
        if series.look is Look.DASHED:
            drawn.format.line.dash_style = MSO_LINE.DASH
    else:
        drawn.format.fill.solid()
        drawn.format.fill.fore_color.rgb = colour


def _hide_from_legend(drawn: Any, indices: Sequence[int]) -> None:
    legend = drawn.legend._element
    for index in indices:
        entry = legend.makeelement(qn("c:legendEntry"), {})
        entry.append(entry.makeelement(qn("c:idx"), {"val": str(index)}))
        entry.append(entry.makeelement(qn("c:delete"), {"val": "1"}))
        legend.find(qn("c:legendPos")).addnext(entry)


def _as_marks(drawn: Any, indices: Sequence[int]) -> None:
    """Move these series from the columns into a chart of points over the same axes."""
    columns = drawn.plots[0]._element
    every = columns.findall(qn("c:ser"))
    points = columns.makeelement(qn("c:lineChart"), {})
    points.append(points.makeelement(qn("c:grouping"), {"val": "standard"}))
    points.append(points.makeelement(qn("c:varyColors"), {"val": "0"}))
    for index in indices:
        points.append(_point_series(every[index]))
        columns.remove(every[index])
    points.append(points.makeelement(qn("c:marker"), {"val": "1"}))
    for axis in columns.findall(qn("c:axId")):
        points.append(copy.deepcopy(axis))
    columns.addnext(points)


def _point_series(series: Any) -> Any:
    """Return the series as one of points in its colour, without a line between them."""
    fill = copy.deepcopy(series.find(qn("c:spPr")).find(qn("a:solidFill")))
    out = series.makeelement(qn("c:ser"), {})
    for name in ("c:idx", "c:order", "c:tx"):
        out.append(series.find(qn(name)))
    shape = out.makeelement(qn("c:spPr"), {})
    line = shape.makeelement(qn("a:ln"), {"w": "19050"})
    line.append(line.makeelement(qn("a:noFill"), {}))
    shape.append(line)
    out.append(shape)
    marker = out.makeelement(qn("c:marker"), {})
    marker.append(marker.makeelement(qn("c:symbol"), {"val": "diamond"}))
    marker.append(marker.makeelement(qn("c:size"), {"val": "9"}))
    look = marker.makeelement(qn("c:spPr"), {})
    look.append(fill)
    marker.append(look)
    out.append(marker)
    for name in ("c:cat", "c:val"):
        out.append(series.find(qn(name)))
    out.append(out.makeelement(qn("c:smooth"), {"val": "0"}))
    return out
