"""The slides: marked, with native charts of the plan's own numbers, and no text of the user comes alive in them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation
from pptx.util import Inches

from api.briefing import render
from api.briefing.slides import slides
from api.report import document
from data.formats.deck_charts import lifeless
from data.formats.deck_style import Box
from data.formats.deck_text import cut, fitting, needed, paragraph, strong
from data.plan import Plan
from data.score import score
from data.theatre import Scenario, Theatre
from optimizer import plan, schedule
from tests import worlds_works
from tests.api.conftest import Run, buying, coalition
from tests.worlds import build, item, lot, need

MARKING = "SYNTHETIC – EXERCISE"


def deck(theatre: Theatre, scenario: Scenario, notes: tuple[str, ...] = ()) -> tuple[bytes, Any]:
    answer = plan(theatre, scenario)
    scored = score(theatre, scenario, answer.plan)
    told = document(theatre, scenario, answer, scored.objectives, scored.kpis, (), {"total": 1.0})
    content = slides(theatre, scenario, answer.plan, scored, {**told, "notes": [*told["notes"], *notes]})
    return content, Presentation(io.BytesIO(content))


def texts(slide: Any) -> str:
    held = []
    for shape in slide.shapes:
        if shape.has_text_frame:
            held.append(shape.text_frame.text)
        if shape.has_table:
            held += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(held).replace("\u202f", " ")


@pytest.fixture(scope="module")
def shown(planned: Path) -> Any:
    return Presentation(str(planned / "briefing.pptx"))


def test_every_slide_is_marked_at_its_top_and_its_bottom(shown: Any) -> None:
    for slide in shown.slides:
        at = [s.top + s.height // 2 for s in slide.shapes if s.has_text_frame and s.text_frame.text == MARKING]
        assert len(at) == 2 and min(at) < Inches(0.4) and max(at) > Inches(7.1)
    told = shown.core_properties
    assert told.title.startswith(MARKING) and {told.author, told.last_modified_by} == {"Casemate"}


def test_the_first_slide_says_what_was_asked_short_why_due_and_whose(shown: Any) -> None:
    front = texts(shown.slides[0])
    for words in ("What was asked", "3 needs", "Forces of the host", "level 1, Shelling reported",
                  "What is short, and why", "What is due, and who owns it", "Alder, Assembly"):  # fmt: skip
        assert words in front, words
    assert shown.slides[0].shapes.title.text_frame.text.endswith("of tier 2.")


def test_arrivals_shortfalls_burden_decisions_and_goals_follow(shown: Any) -> None:
    titles = [slide.shapes.title.text_frame.text for slide in shown.slides]
    assert titles[1:] == [
        "What arrives when",
        "Where it is short, and what stands at its limit there",
        "Who gives how much",
        "What must be decided, by when, and by whom",
        "How good the plan is",
    ]


def test_charts_are_native_and_hold_the_plan_s_numbers(shown: Any) -> None:
    held = [shape for slide in shown.slides for shape in slide.shapes]
    assert not any(shape.shape_type == 13 for shape in held)  # a picture
    charts = [shape for shape in held if shape.has_chart]
    assert len(charts) == 5 and all(c._element.nvGraphicFramePr.cNvPr.get("descr") for c in charts)
    tiers = {s.name: list(s.values) for s in charts[0].chart.plots[0].series}
    assert set(tiers) == {"in time", "late", "missing"}
    assert [pytest.approx(1.0)] * 2 == [sum(parts) for parts in zip(*tiers.values(), strict=True)]
    needed_by, arrived = ({s.name: list(s.values) for s in charts[1].chart.plots[0].series}[f"{what} by then, t"]
                          for what in ("needed", "arrived"))  # fmt: skip
    assert needed_by[-1] == pytest.approx(94.0) and arrived[-1] <= 94.0
    assert arrived == sorted(arrived)


def test_no_text_of_the_user_is_a_formula_or_a_link_behind_a_chart() -> None:
    odd = ["=1+1", "{=1+1}", "https://example.com", "+1", "@SUM(A1)", "<&>"]
    theatre, scenario = build(
        donors=[{"donor": name, "name": name, "burden_share": 0.1} for name in ["ALDER", *odd]],
        stocks=[lot(f"L{i}", donor=name) for i, name in enumerate(odd)],
    )
    content, shown = deck(theatre, scenario)
    books = 0
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if name.endswith(".xlsx"):
                books += 1
                with zipfile.ZipFile(io.BytesIO(package.read(name))) as book:
                    sheet = book.read("xl/worksheets/sheet1.xml")
                assert b"<f>" not in sheet and b"hyperlink" not in sheet.lower()
    assert books >= 3
    assert lifeless("=1+1") == " =1+1" and lifeless("HTTP://x") == " HTTP://x" and lifeless("Alder") == "Alder"
    assert any("=1+1" in texts(slide) for slide in shown.slides)


def test_long_names_and_many_needs_stay_on_the_slide() -> None:
    long = "Very long name of a thing " * 60
    theatre, scenario = build(
        items=[{**item(), "name": long}, *[{**item(f"i{k}"), "name": f"{k} {long}"} for k in range(40)]],
        stocks=[lot(on_hand=1.0, trigger=1), *[lot(f"K{k}", item=f"i{k}", on_hand=1.0, trigger=1) for k in range(40)]],
        needs=[need(), *[need(f"M{k}", item=f"i{k}", quantity=50.0) for k in range(40)]],
        triggers=[{"day": 0, "level": 1, "cause": long}],
    )
    _, shown = deck(theatre, scenario, notes=(long,))
    for slide in shown.slides:
        for shape in slide.shapes:
            assert shape.top + shape.height <= Inches(7.5) and shape.left + shape.width <= Inches(13.34)
            if shape.has_text_frame and shape.text_frame.text and shape.name != "Marking":
                frame = shape.text_frame
                size = frame.paragraphs[0].runs[0].font.size.pt
                box = Box(0, 0, shape.width / 914400, shape.height / 914400)
                held = [paragraph(p.text) for p in frame.paragraphs]
                assert needed(held, box.w, size) <= box.h + 0.01


def test_text_shrinks_before_it_is_cut() -> None:
    box = Box(0, 0, 3, 1)
    little, much = [paragraph("few words")], [paragraph(strong("much "), "more than fits " * 60), paragraph("lost")]
    assert fitting(little, box, 14, 9) == 14 and cut(little, box, 14) == little
    size = fitting(much, box, 14, 9)
    kept = cut(much, box, size)
    assert size == 9 and len(kept) == 1 and kept[0].text.endswith("…") and needed(kept, box.w, size) <= box.h
    assert len(kept[0].text) > 150


def test_a_plan_that_moves_nothing_and_one_that_misses_nothing_have_slides() -> None:
    theatre, scenario = build(stocks=[lot(on_hand=500.0)], needs=[need(quantity=1.0)])
    _, shown = deck(theatre, scenario)
    assert "Every need is met in full by its date." in texts(shown.slides[0])
    theatre, scenario = coalition()
    empty = theatre.replace(lift=theatre.lift.frame().assign(capacity=0.0))
    _, shown = deck(empty, scenario)
    assert shown.slides[0].shapes.title.text_frame.text == "Nothing arrives by its date."


def test_money_is_told_where_there_is_some() -> None:
    _, shown = deck(*buying())
    money = next(s for s in shown.slides if s.shapes.title.text_frame.text == "Money")
    assert "G1\nBirch\nprocurement\nEUR 1 000\nEUR 1 000\nSat 2 Mar\nEUR 50\nEUR 950" in texts(money)


def test_a_what_if_tells_what_its_changes_do(run: Run, theatre: Path) -> None:
    ran = run("whatif", theatre, "--change", "stocks[lot=A1].on_hand = 20", "--out", Path.cwd() / "w")
    assert ran.code == 0, ran.err
    second = Presentation(str(Path.cwd() / "w" / "briefing.pptx")).slides[1]
    assert second.shapes.title.text_frame.text == "What the changes do"
    assert "stocks[lot=A1].on_hand = 20" in texts(second) and "Tier 1: short at its date" in texts(second)


def test_a_plan_of_nothing_at_all_has_slides() -> None:
    theatre, scenario = coalition()
    scored = score(theatre, scenario, Plan.empty())
    answer = plan(theatre, scenario)
    told = document(theatre, scenario, answer, scored.objectives, scored.kpis, (), {"total": 1.0})
    shown = Presentation(io.BytesIO(slides(theatre, scenario, Plan.empty(), scored, told)))
    assert len(shown.slides) >= 4


def test_a_plan_of_works_alone_tells_of_works_and_not_of_needs_it_was_not_asked_for() -> None:
    world = worlds_works.one_crew_at_a_time()
    scored = score(world.theatre, world.scenario, world.plan, works=True)
    answer = schedule(world.theatre, world.scenario)
    told = document(world.theatre, world.scenario, answer, scored.objectives, scored.kpis, (), {"total": 1.0})
    asked = world.theatre, world.scenario, world.plan, scored, told
    shown = Presentation(io.BytesIO(slides(*asked)))
    titles = [slide.shapes.title.text_frame.text for slide in shown.slides]
    said = "2 of 3 works are finished by their due day, 1 later."
    assert titles == [said, "Fortification works", "How good the plan is"]
    counts = [list(s.values) for s in next(s for s in shown.slides[1].shapes if s.has_chart).chart.plots[0].series]
    assert counts == [[2.0], [1.0], [0.0]] and "ends" in texts(shown.slides[1])
    page = render(*asked)
    assert said in page and "Nothing arrives" not in page
