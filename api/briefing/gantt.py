"""Works on the page: a bar chart by sector, one by crew, what is not built, and the critical chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.briefing.chain import critical_chain
from api.briefing.words import Calendar, label
from data.plan import Plan
from data.theatre import Scenario, Theatre
from data.works import due_days, rest_days

LEFT, DAY, ROW = 210, 24, 18  # px
COLOURS = {1: "#1d4f8c", 2: "#5b8bc0", 3: "#a9c4de"}
LATE = "#b3261e"


@dataclass(frozen=True)
class Bar:
    """A work on a chart: its days and due day, its tier, its number on the page, and what a pointer is told."""

    first: int
    last: int
    tier: int
    due: int
    number: str
    title: str


def works_section(theatre: Theatre, scenario: Scenario, plan: Plan, calendar: Calendar) -> Markup:
    """Return the section of works; empty if the plan builds none.

    Works are numbered in the order of their sectors and starts; the bars of crews and machines bear these numbers, so
    that a printed page tells who is where.
    """
    built = {row.work: row for row in plan.tables["works"].rows()}
    if not built:
        return Markup("")
    wanted = {row.work: row for row in scenario.works.rows()}
    due = dict(zip(scenario.works["work"], due_days(scenario).tolist(), strict=True))
    order = sorted(built, key=lambda name: (wanted[name].sector, built[name].start, name))
    number = {name: place for place, name in enumerate(order, 1)}

    def bar(row: Any) -> Bar:
        days = f"{calendar.date(row.start)} to {calendar.date(row.end)}"
        title = f"{row.work}, {row.mode}: {days}, by {', '.join(row.crews)}"
        return Bar(row.start, row.end, wanted[row.work].tier, due[row.work], str(number[row.work]), title)

    rest = rest_days(theatre, scenario.horizon)
    charts = []
    for sector in sorted({work.sector for work in wanted.values()}):
        lines = [(f"{number[name]} {name}", [bar(built[name])]) for name in order if wanted[name].sector == sector]
        open_ = [name for name, work in wanted.items() if work.sector == sector and name not in built]
        off = [day for day, rests in enumerate(rest.get(sector, ())) if rests]
        charts += [
            Markup("<h3>{}</h3>").format(label(theatre.nodes, sector)),
            _chart(lines, scenario.horizon, calendar, off, dues=True) if lines else Markup(""),
            _not_built(sorted(open_, key=lambda name: (wanted[name].tier, name)), wanted),
        ]
    by_crew: dict[str, list[Bar]] = {}
    for name in order:
        for unit in (*built[name].crews, *built[name].plant):
            by_crew.setdefault(unit, []).append(bar(built[name]))
    late = sum(row.end > due[name] for name, row in built.items())
    chain = critical_chain(theatre, scenario, plan)
    steps = Markup("").join(Markup("<li><b>{}</b>, {} to {}: {}</li>").format(
        link.work, calendar.date(built[link.work].start), calendar.date(built[link.work].end), link.why)
        for link in chain)  # fmt: skip
    return Markup(
        '<section class="page"><h2>Fortification works</h2>'
        '<p class="note">{} of {} works are built, {} of them after their due day. Bars are dark for tier 1, lighter '
        "for tier 2, lightest for later tiers, red if they end late. A red line marks the end of the due day; grey "
        "days are days of rest. The first day is {}.</p>{}"
        '<h3>By crew and machine</h3><p class="note">Numbers are those of the works above.</p>{}'
        '<h3>The critical chain</h3><p class="note">From the work that ends last '
        'back to what its start waited for.</p><ul class="plain">{}</ul></section>'
    ).format(len(built), len(wanted), late, calendar.full(0), Markup("").join(charts),
             _chart(sorted(by_crew.items()), scenario.horizon, calendar), steps)  # fmt: skip


def _not_built(names: list[str], wanted: Mapping[str, Any]) -> Markup:
    """Return a line of the works of a sector that are not built, first tier first."""
    if not names:
        return Markup("")
    told = ", ".join(f"{name} (tier {wanted[name].tier})" for name in names)
    return Markup('<p class="note">Not built: {}</p>').format(told)


def _chart(
    lines: Sequence[tuple[str, list[Bar]]], horizon: int, calendar: Calendar, rest: Iterable[int] = (),
    dues: bool = False,
) -> Markup:  # fmt: skip
    """Return bars in days as SVG, a line a name; with `dues`, with a mark at the end of each bar's due day."""
    width, height = LEFT + horizon * DAY, ROW * (len(lines) + 1)
    parts = [
        Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="#e4e4e4"/>').format(
            LEFT + day * DAY, ROW, DAY, height - ROW)
        for day in rest
    ]  # fmt: skip
    step = 5 if horizon > 60 else 1
    firsts = {day for day in range(horizon) if day == 0 or calendar.date(day).split()[1] == "1"}
    with_month = firsts if step == 1 else set(range(0, horizon, step))
    for day in range(0, horizon, step):
        _, of_month, month = calendar.date(day).split()
        if day in with_month:
            parts.append(_text(LEFT + day * DAY, 12, 9, "#666", f"{of_month} {month}"))
        elif day - 1 not in with_month:  # a month takes the room of two days
            parts.append(_text(LEFT + day * DAY, 12, 9, "#666", of_month))
    for place, (name, bars) in enumerate(lines, 1):
        top = place * ROW
        parts.append(_text(0, top + 13, 10, "#111", name))
        for bar in bars:
            left, wide = LEFT + bar.first * DAY + 1, (bar.last - bar.first + 1) * DAY - 2
            colour = LATE if bar.last > bar.due else COLOURS.get(bar.tier, COLOURS[3])
            parts.append(
                Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"><title>{}</title></rect>').format(
                    left, top + 3, wide, ROW - 6, colour, bar.title)
            )  # fmt: skip
            parts.append(_text(left + 3, top + 13, 9, "#fff" if colour != COLOURS[3] else "#111", bar.number))
            if dues:
                mark = Markup('<path d="M{} {}v{}" stroke="{}" stroke-width="2"/>')
                parts.append(mark.format(LEFT + (bar.due + 1) * DAY, top + 1, ROW - 2, LATE))
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="Works by day" style="width:100%">{}</svg>').format(
        width, height, Markup("").join(parts)
    )


def _text(x: int, y: int, size: int, colour: str, text: str) -> Markup:
    return Markup('<text x="{}" y="{}" font-size="{}" style="fill:{}">{}</text>').format(x, y, size, colour, text)
