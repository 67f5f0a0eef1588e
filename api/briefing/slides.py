"""The briefing as slides: what was asked, what is short and why, what is due, arrivals, burden, and how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.briefing import due, facts, slide_charts
from api.briefing.accounts import ledger
from api.briefing.words import Calendar, amount, enumeration, euros, kpi_name, label, stopped
from data.formats.deck import Deck
from data.formats.deck_style import BOTTOM, MARGIN, RED, TOP, WIDTH, Box
from data.formats.deck_text import Paragraph, paragraph, soft, strong
from data.plan import Plan
from data.score import Score
from data.theatre import Scenario, Theatre
from data.works import due_days

FULL = Box(MARGIN, TOP, WIDTH - 2 * MARGIN, BOTTOM - TOP)
FIGURES = ("tonnes_moved", "shipments", "donors_giving", "cost")
MOST_TIERS = 6


@dataclass(frozen=True)
class Told:
    """A plan with what is said of it."""

    theatre: Theatre
    scenario: Scenario
    plan: Plan
    score: Score
    document: Mapping[str, Any]

    @property
    def calendar(self) -> Calendar:
        """Return the scenario's days as dates."""
        return Calendar(self.scenario.settings.start_date)


def slides(theatre: Theatre, scenario: Scenario, plan: Plan, score: Score, document: Mapping[str, Any]) -> bytes:
    """Return the briefing as a .pptx file with native charts, marked at the top and the bottom of every slide."""
    told = Told(theatre, scenario, plan, score, document)
    name = f"{document['theatre']}, {scenario.name}".replace("_", " ")
    deck = Deck(name, scenario.settings.marking)
    _front(deck, told, name)
    _changes(deck, told)
    if not facts.of_works_alone(document):
        _arrivals(deck, told)
        _shortfalls(deck, told)
        _burden(deck, told)
    _decisions(deck, told)
    _money(deck, told)
    _works(deck, told)
    _goals(deck, told)
    return deck.to_bytes()


def _front(deck: Deck, told: Told, name: str) -> None:
    """Write what a stranger needs first: what was asked, what is short and why, what is due and who owns it."""
    found = facts.tiers(told.score)
    asked = facts.asked(told.theatre, told.scenario, told.calendar)
    alone = facts.of_works_alone(told.document)
    headline = facts.works_headline(told.scenario, told.plan) if alone else facts.headline(found)
    slide = deck.slide(headline, f"{name} · {asked['from']} to {asked['to']}")
    left, middle, right = Box(MARGIN, TOP, 3.4, 5.3), Box(4.2, TOP, 4.75, 5.3), Box(9.25, TOP, 3.58, 5.3)
    slide.heading(left, "What was asked")
    slide.text(_below(left), _asked(asked, told.document["kpis"]), 16, 9)
    slide.heading(middle, "What is short, and why")
    if alone:
        short = facts.works_short(told.document)
        slide.text(_below(middle), [paragraph(f"{note}.", bullet=True) for note in short[:6]], 15, 9)
    else:
        height = 0.85 + 0.3 * min(len(found), MOST_TIERS)
        slide.chart(Box(middle.x, middle.y + 0.42, middle.w, height), slide_charts.tiers(told.score, MOST_TIERS))
        slide.text(_below(middle, height + 0.45), _short(told), 15, 9)
    slide.heading(right, "What is due, and who owns it")
    slide.text(_below(right), _due(told), 15, 9)


def _asked(asked: Mapping[str, Any], kpis: Mapping[str, Any]) -> list[Paragraph]:
    known = f", with {asked['disruptions']} disruption{_s(asked['disruptions'])} known" if asked["disruptions"] else ""
    return [
        paragraph(strong(f"{asked['needs']} needs, {asked['tonnes']} t"), f" of {asked['items']} items at "
                  f"{asked['sectors']} sectors for {asked['recipients']}, within {asked['days']} days, from the stocks "
                  f"and lift of {asked['donors']} donors{known}."),
        *(paragraph(soft(f"{date}, D+{day}: "), f"level {level}, {cause}") for date, day, level, cause in
          asked["levels"]),
        paragraph(strong("The plan")),
        *(paragraph(soft(f"{kpi_name(k)[0]}: "), strong(amount(kpis[k], kpi_name(k)[1])))
          for k in FIGURES if k in kpis),
    ]  # fmt: skip


def _short(told: Told) -> list[Paragraph]:
    rows = facts.shortfalls(told.theatre, told.scenario, told.document, told.score, told.calendar)
    if not rows:
        return [paragraph("Every need is met in full by its date.")]
    out = []
    for row in rows[:3]:
        why = f" – {row['reasons'][0]}" if row["reasons"] else ""
        out.append(
            paragraph(
                strong(row["item"]),
                f" at {row['sector']} (tier {row['tier']}): ",
                strong(f"{row['short']} of {row['asked']}", RED),
                f" by {row['date']}{why}",
                bullet=True,
            )
        )
    return out


def _due(told: Told) -> list[Paragraph]:
    found = _found_decisions(told)
    if not found["first"]:
        return [paragraph("This plan needs no approval.")]
    out = []
    for row in found["first"]:
        owner = row["donor"] + (f", {row['authority']}" if row["authority"] else "")
        out.append(paragraph(strong(f"{row['date']} (D+{row['day']})"), " – ", strong(owner), f": {row['what']}. ",
                             soft(f"Otherwise slips: {row['slips']}")))  # fmt: skip
    return [*out, paragraph(soft(f"The first of {found['count']} approvals by {found['donors']} donors."))]


def _changes(deck: Deck, told: Told) -> None:
    found = due.differences(told.document)
    if found is None:
        return
    slide = deck.slide("What the changes do", "Without the changes, with them, and the difference")
    said = [paragraph(text, bullet=True) for text in found["changes"]]
    top = 0.3 * min(len(said), 5) + 0.1
    slide.text(FULL._replace(h=top), said, 13, 9)
    head = ("Goal or figure", "Without", "With", "Difference")
    slide.table(_below(FULL, top), head, found["rows"], (5, 2, 2, 2), right=(1, 2, 3), bold=(3,))


def _arrivals(deck: Deck, told: Told) -> None:
    charts = slide_charts.arrivals(told.theatre, told.scenario, told.plan, told.score, told.calendar)[:MOST_TIERS]
    if not charts:
        return
    slide = deck.slide("What arrives when", "Tonnes summed up by day, of what each tier asks for")
    across = min(len(charts), 3)
    down = -(-len(charts) // across)
    width, height = (FULL.w - 0.3 * (across - 1)) / across, (FULL.h - 0.2 * (down - 1)) / down
    for i, chart in enumerate(charts):
        row, column = divmod(i, across)
        slide.chart(Box(FULL.x + column * (width + 0.3), FULL.y + row * (height + 0.2), width, height), chart)


def _shortfalls(deck: Deck, told: Told) -> None:
    rows = facts.shortfalls(told.theatre, told.scenario, told.document, told.score, told.calendar)
    if not rows:
        return
    lacking = sum(tier["lacking"] for tier in facts.tiers(told.score))
    slide = deck.slide("Where it is short, and what stands at its limit there",
                       f"By mass; the worst of {lacking} short need{_s(lacking)}")  # fmt: skip
    slide.chart(Box(FULL.x, FULL.y, 5.0, FULL.h), slide_charts.sectors(told.theatre, told.score))
    told_of = [
        (f"{row['item']} at {row['sector']}", f"{row['short']} of {row['asked']}", f"{row['date']} (D+{row['day']})",
         "; ".join(row["reasons"]) or "not worked out")
        for row in rows
    ]  # fmt: skip
    head = ("What and where", "Short", "Due", "At its limit")
    box = Box(FULL.x + 5.3, FULL.y, FULL.w - 5.3, FULL.h)
    slide.table(box, head, told_of, (2.2, 1.5, 1.4, 3.6), size=11)


def _burden(deck: Deck, told: Told) -> None:
    found = facts.burden(told.theatre, told.score)
    if not found["rows"]:
        return
    band = " – each donor's share and its agreed band" if found["agreed"] else ""
    slide = deck.slide("Who gives how much", f"Value given, {found['total']} in all{band}")
    slide.chart(FULL._replace(h=FULL.h - 0.6), slide_charts.burden(told.theatre, told.score))
    outside = [row for row in found["rows"] if row["outside"]]
    names = enumeration((f"{row['donor']} {row['share']} ({row['outside']})" for row in outside), 10)
    said = [paragraph(strong(f"{len(outside)} outside the band: "), names)]
    if found["idle"]:
        said.append(paragraph(soft(f"Nothing leaves the stocks of {found['idle']}.")))
    slide.text(Box(FULL.x, BOTTOM - 0.58, FULL.w, 0.58), said if outside else said[1:], 12, 9)


def _decisions(deck: Deck, told: Told) -> None:
    found = _found_decisions(told)
    if not found["rows"]:
        return
    slide = deck.slide("What must be decided, by when, and by whom",
                       "The last day on which each approval still lets this plan hold")  # fmt: skip
    rows = [(f"{row['date']} (D+{row['day']})", ", ".join(filter(None, (row["donor"], row["authority"]))), row["what"],
             row["slips"]) for row in found["rows"]]  # fmt: skip
    head = ("Approve by", "Who decides", "What", "Otherwise slips")
    box = FULL._replace(h=FULL.h - 0.3)
    shown = slide.table(box, head, rows, (1.7, 2.2, 5, 3.4), bold=(0, 1))
    left = len(rows) + found["more"] - shown
    if left:
        text = f"{left} later one{_s(left)} stand{'' if left > 1 else 's'} in briefing.html and decisions.csv."
        slide.text(Box(FULL.x, BOTTOM - 0.26, FULL.w, 0.26), [paragraph(soft(text))], 12, 9)


def _money(deck: Deck, told: Told) -> None:
    if not len(told.theatre.funds) or facts.of_works_alone(told.document):
        return
    found = ledger(told.theatre, told.score, told.calendar)
    bought = float(told.score.itinerary.origins.bought.cost.sum())
    slide = deck.slide("Money", f"Purchases cost {euros(bought)}; transport {found['transport']} beside what funds pay")
    head = ("Fund", "Donor", "For", "Pledged", "Available", "From", "Spent", "Left")
    keys = ("fund", "donor", "purpose", "pledged", "available", "since", "spent", "left")
    rows = [tuple(row[key] for key in keys) for row in found["rows"]]
    slide.table(FULL, head, rows, (2.2, 1.5, 2, 1.4, 1.4, 1.4, 1.4, 1.4), right=(3, 4, 6, 7))


def _works(deck: Deck, told: Told) -> None:
    rows = told.plan.tables["works"].rows()
    if not rows:
        return
    end, scenario = {row.work: row.end for row in rows}, told.scenario
    due_day = dict(zip(scenario.works["work"], due_days(scenario), strict=True))
    behind = [row for row in scenario.works.rows() if end.get(row.work, scenario.horizon) > due_day[row.work]]
    behind.sort(key=lambda row: (row.tier, -row.value, row.work))
    slide = deck.slide("Fortification works",
                       f"{len(rows)} of {len(scenario.works)} are built, {sum(row.work in end for row in behind)} of "
                       "them after their due day")  # fmt: skip
    slide.chart(Box(FULL.x, FULL.y, 5.0, FULL.h), slide_charts.works(told.theatre, scenario, told.plan))
    lines = [
        (row.work, label(told.theatre.nodes, row.sector), str(row.tier), told.calendar.date(due_day[row.work]),
         f"ends {told.calendar.date(end[row.work])}" if row.work in end else "not built")
        for row in behind
    ]  # fmt: skip
    if lines:
        head = ("Late or not built", "Sector", "Tier", "Due", "In this plan")
        box = Box(FULL.x + 5.3, FULL.y, FULL.w - 5.3, FULL.h)
        slide.table(box, head, lines, (2.6, 2, 0.7, 1.4, 1.8), size=11)


def _goals(deck: Deck, told: Told) -> None:
    document = told.document
    gap, nothing = facts.how_good(document)
    slide = deck.slide("How good the plan is",
                       f"Goals in their order; {gap}: "
                       f"{document['reason']}{stopped(document['limit'])}")  # fmt: skip
    rows = [(row["name"], row["value"], row["bound"], row["gap"], row["proof"]) for row in facts.goals(document)]
    head = ("Goal", "This plan", "No plan can be below", "Gap", "Proof")
    slide.table(FULL._replace(h=FULL.h - 1.0), head, rows, (5, 2, 2.4, 1.5, 1.5), right=(1, 2, 3), bold=(1,))
    digest = document["digest"]
    said = [
        *([paragraph(soft(nothing))] if nothing else []),
        paragraph(soft(f"Every rule was checked over the tables: {len(document['violations']) or 'no'} violation"
                       f"{_s(len(document['violations']))}. Theatre {digest['theatre'][:16]}, scenario "
                       f"{digest['scenario'][:16]}, plan {digest['plan'][:16]}. Method {document['method']}.")),
        *(paragraph(soft(f"Note: {note}.")) for note in document["notes"]),
    ]  # fmt: skip
    if told.scenario.settings.marking.upper().startswith("SYNTHETIC"):
        invented = "Synthetic data for exercise: donors, stocks and conditions are invented, and no statement about "
        said.insert(0, paragraph(soft(invented + "any nation is made.")))
    slide.text(Box(FULL.x, BOTTOM - 0.9, FULL.w, 0.9), said, 12, 9)


def _found_decisions(told: Told) -> dict[str, Any]:
    return due.decisions(told.theatre, told.scenario, told.plan.decisions.frame(), told.calendar)


def _below(box: Box, top: float = 0.5) -> Box:
    return Box(box.x, box.y + top, box.w, box.h - top)


def _s(number: int) -> str:
    return "" if number == 1 else "s"
