"""Works on the page: a bar chart by sector, one by crew, what is not built, and the critical chain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape

from api.briefing.chain import critical_chain
from api.briefing.words import Calendar, label
from data.plan import Plan
from data.theatre import Scenario, Theatre
from data.works import due_days, rest_days

LEFT, DAY, ROW = 190, 24, 18  # px
COLOURS = {1: "#1d4f8c", 2: "#5b8bc0", 3: "#a9c4de"}
LATE = "#b3261e"
Bar = tuple[int, int, int, bool, str]  # first day, last day, tier, late, title


def works_section(theatre: Theatre, scenario: Scenario, plan: Plan, calendar: Calendar) -> Markup:
    """Return the section of works; empty if the plan builds none."""
    rows = plan.tables["works"].rows()
    if not rows:
        return Markup("")
    wanted = {row.work: row for row in scenario.works.rows()}
    due = dict(zip(scenario.works["work"], due_days(scenario), strict=True))

    def bar(row: Any) -> Bar:
        days = f"{calendar.date(row.start)} to {calendar.date(row.end)}"
        title = f"{row.work}, {row.mode}: {days}, by {', '.join(row.crews)}"
        return row.start, row.end, wanted[row.work].tier, row.end > due[row.work], title

    by_sector: dict[str, list[tuple[str, list[Bar]]]] = {}
    for row in sorted(rows, key=lambda r: (wanted[r.work].sector, r.start, r.work)):
        by_sector.setdefault(wanted[row.work].sector, []).append((row.work, [bar(row)]))
    by_crew: dict[str, list[Bar]] = {}
    for row in rows:
        for unit in (*row.crews, *row.plant):
            by_crew.setdefault(unit, []).append(bar(row))
    rest = rest_days(theatre, scenario.horizon)
    charts = [
        Markup("<h3>{}</h3>{}").format(
            label(theatre.nodes, sector),
            _chart(lines, scenario.horizon, [t for t, off in enumerate(rest.get(sector, ())) if off]),
        )
        for sector, lines in by_sector.items()
    ]
    missing = len(wanted) - len(rows)
    late = sum(row.end > due[row.work] for row in rows)
    chain = critical_chain(theatre, scenario, plan)
    steps = Markup("").join(Markup("<li><b>{}</b>, {} to {}: {}</li>").format(
        link.work, calendar.date(plan_row.start), calendar.date(plan_row.end), link.why)
        for link in chain for plan_row in rows if plan_row.work == link.work)  # fmt: skip
    return Markup(
        '<section class="page"><h2>Fortification works</h2>'
        '<p class="note">{} of {} works are built, {} of them after their due day. Dark bars are of tier 1, red ones '
        "end late, grey days are days of rest. Days count from {}.</p>{}"
        '<h3>By crew and machine</h3>{}<h3>The critical chain</h3><p class="note">From the work that ends last '
        'back to what its start waited for.</p><ul class="plain">{}</ul></section>'
    ).format(len(rows), len(rows) + missing, late, calendar.full(0), Markup("").join(charts),
             _chart(sorted(by_crew.items()), scenario.horizon, ()), steps)  # fmt: skip


def _chart(lines: Iterable[tuple[str, list[Bar]]], horizon: int, rest: Iterable[int]) -> Markup:
    """Return bars in days as SVG, a line a name."""
    lines = list(lines)
    width, height = LEFT + horizon * DAY, ROW * (len(lines) + 1)
    parts = [
        Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="#e4e4e4"/>').format(
            LEFT + day * DAY, ROW, DAY, height - ROW)
        for day in rest
    ]  # fmt: skip
    parts += [
        Markup('<text x="{}" y="12" font-size="9" fill="#666">{}</text>').format(LEFT + day * DAY, day)
        for day in range(0, horizon, 5 if horizon > 60 else 1)
    ]
    for number, (name, bars) in enumerate(lines, 1):
        parts.append(Markup('<text x="0" y="{}" font-size="10">{}</text>').format(number * ROW + 13, escape(name)))
        for first, last, tier, late, title in bars:
            parts.append(
                Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"><title>{}</title></rect>').format(
                    LEFT + first * DAY + 1, number * ROW + 3, (last - first + 1) * DAY - 2, ROW - 6,
                    LATE if late else COLOURS.get(tier, COLOURS[3]), title)
            )  # fmt: skip
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="Works by day" style="width:100%">{}</svg>').format(
        width, height, Markup("").join(parts)
    )
