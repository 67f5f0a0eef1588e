"""The briefing: self-contained, marked, escaped, and it says what was asked, short, due and given."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.briefing import render
from api.briefing.curves import curves
from api.briefing.facts import shortfalls
from api.briefing.plan_map import plan_map
from api.briefing.projection import Projection, inside, outlines
from api.briefing.words import STOPPED, Calendar, amount, enumeration, number, percent, signed, stopped
from api.report import document
from data.itinerary import Itinerary
from data.plan import Plan
from data.score import score
from optimizer import plan
from optimizer.outcome import Answer, AtLimit, Limit
from tests.api.conftest import Run, buying, coalition

VOID = {"meta", "path", "rect", "circle", "br", "link", "img"}


class Balanced(HTMLParser):
    """Notes tags that are closed in the wrong order, and every attribute that could fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset", "data", "action")]
        if tag in ("script", "link", "iframe", "img", "object", "embed", "base"):
            self.fetched.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)


@pytest.fixture
def page(planned: Path) -> str:
    return (planned / "briefing.html").read_text(encoding="utf-8")


def test_the_page_fetches_nothing(page: str) -> None:
    assert not re.search(r"https?:|//[a-z]|url\(|@import|src=|href=", page)
    parser = Balanced()
    parser.feed(page)
    assert parser.fetched == [] and parser.wrong == [] and parser.open == []


def test_the_page_is_marked_top_and_bottom_and_makes_no_statement_about_a_nation(page: str) -> None:
    assert page.count('class="marking top">SYNTHETIC – EXERCISE<') == 1
    assert page.count('class="marking bottom">SYNTHETIC – EXERCISE<') == 1
    assert "<title>SYNTHETIC – EXERCISE:" in page
    assert "no statement about any nation is made" in page


def test_text_of_the_user_is_escaped(page: str) -> None:
    assert "Birch &amp; &lt;Sons&gt;" in page and "<Sons>" not in page


def test_the_first_page_says_what_was_asked_short_due_and_how_good(page: str) -> None:
    front = page[page.index('class="front"') : page.index("What moves where")]
    for words in ("What was asked", "What is short, and why", "What is due, and who owns it", "How good the plan is"):
        assert words in front
    for words in ("3 needs", "Forces of the host", "Level 1: Shelling reported", "Assembly", "Tier 1: delay"):
        assert words in front


def test_every_section_is_there(page: str) -> None:
    for words in ("What arrives when", "The worst shortfalls", "Who gives how much", "Decisions due"):
        assert f"<h2>{words}</h2>" in page


def test_purchases_money_supply_and_what_giving_leaves_are_told() -> None:
    theatre, scenario = buying()
    answer = plan(theatre, scenario)
    scored = score(theatre, scenario, answer.plan)
    told = document(theatre, scenario, answer, scored.objectives, scored.kpis, (), {})
    page = re.sub(r"<[^>]+>", " ", render(theatre, scenario, answer.plan, scored, told)).replace("\u202f", " ")
    text = " ".join(page.split())
    for words in (
        "Sat 2 Mar D+1 Birch, fund G1 10 each Boxes M1 at D EUR 50 Sat 2 Mar",
        "G1 Birch procurement EUR 1 000 EUR 1 000 Sat 2 Mar EUR 50 EUR 950",
        "G2 Alder budget support, movable EUR 1 M EUR 0 not released EUR 0 EUR 0",
        "Alder Boxes 20 each 10 0 20 20",
        "money of fund G1 for Boxes",
        "S Boxes 1 1.6 Wed 6 Mar D+5",
    ):
        assert words in text, words


def test_a_theatre_without_money_and_forces_says_nothing_of_them(page: str) -> None:
    for words in ("Purchases and money", "Days of supply", "What giving leaves them"):
        assert words not in page


def test_shortfalls_name_the_day_and_what_stands_at_its_limit(
    run: Run, theatre: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_reasons(*given: Any, **options: Any) -> Answer:
        told = AtLimit("N1", 15.0, 4, ("link H-S is full on days 1 to 3", "lot A1 <floor>"))
        return replace(plan(*given, **options), shortfalls=(told,))

    monkeypatch.setattr("api.commands.questions.plan", with_reasons)
    ran = run("plan", theatre, "--deadline", "20")
    assert "by Tue 5 Mar (tier 1): link H-S is full on days 1 to 3; lot A1 <floor>" in ran.out
    page = Path("plan-coalition/briefing.html").read_text(encoding="utf-8")
    assert page.count("link H-S is full on days 1 to 3") == 2  # on the first page and in its section
    assert "lot A1 &lt;floor&gt;" in page and "was not worked out" not in page


def test_what_rounding_leaves_of_a_need_comes_after_shortfalls_of_every_tier() -> None:
    theatre, scenario = coalition()
    needs = scenario.needs.frame()
    needs.loc[needs.index[-1], "tier"] = 9
    scenario = scenario.replace(theatre, needs=needs)
    scored = score(theatre, scenario, Plan.of({}))
    by_need = scored.by_need.assign(short=[90e-9, 60e-9, 4.0], short_tonnes=[90e-9, 60e-9, 4e-9])
    vars(scored)["by_need"] = by_need  # in place of what is worked out when asked for
    told = shortfalls(theatre, scenario, {"shortfalls": []}, scored, Calendar("2024-03-01"))
    assert [(row["tier"], row["short"]) for row in told] == [(9, "4"), (1, "0"), (2, "0")]


def test_a_plan_that_moves_nothing_can_be_briefed(run: Run, theatre: Path) -> None:
    ran = run("whatif", theatre, "--change", "lift[mode=road].capacity = 0", "--out", Path.cwd() / "w")
    assert ran.code in (0, 1), ran.err
    assert "Nothing arrives by its date." in (Path.cwd() / "w" / "briefing.html").read_text(encoding="utf-8")


def test_curves_end_at_what_is_needed_and_what_is_credited() -> None:
    theatre, scenario = coalition()
    plan = Plan.of({"deliveries": {"need": ["N1", "N1"], "item": ["box"] * 2, "day": [3, 5], "credited": [40.0, 20.0]}})
    first, second = curves(theatre, scenario, plan, np.array([50.0, 60.0, 4.0]), "tier")
    assert first.needed[[3, 4, 6]].tolist() == [0.0, 90.0, 94.0]
    assert first.arrived[[2, 3, 5]].tolist() == [0.0, 40.0, 60.0] and first.short == 54.0
    assert second.total == 60.0 and second.arrived[-1] == 0.0


def test_a_place_overseas_does_not_shrink_the_map() -> None:
    theatre, scenario = coalition()
    nodes = theatre.nodes.frame()
    many = [nodes.assign(node=nodes["node"] + str(i), latitude=nodes["latitude"] + i / 50) for i in range(12)]
    far = nodes.iloc[[0]].assign(node="FAR", longitude=-75.0)
    import pandas as pd

    wide = theatre.replace(nodes=pd.concat([nodes, *many, far], ignore_index=True))
    drawn = plan_map(wide, score(wide, scenario, Plan.empty()).itinerary)
    edge = [p for p in drawn["places"] if min(p["x"], p["y"], drawn["height"] - p["y"]) < 15]
    xs = [p["x"] for p in drawn["places"]]
    assert len(edge) == 1 and max(xs) - min(xs) > 800


def test_crimea_is_drawn_with_ukraine() -> None:
    within = [code for code, rings in outlines().items() if any(inside(ring, 34.1, 45.2) for ring in rings)]
    assert within == ["804"]


def test_the_projection_keeps_distances_near_its_parallels() -> None:
    latitude, longitude = np.array([45.0, 55.0]), np.array([10.0, 30.0])
    x, y = Projection.of(latitude, longitude)(np.array([47.0, 47.0]), np.array([20.0, 21.0]))
    apart = float(np.hypot(x[1] - x[0], y[1] - y[0]))
    assert apart == pytest.approx(111.2 * np.cos(np.radians(47.0)), rel=0.005)


@pytest.mark.parametrize("latitude", [(50.0, 50.0), (-1.0, 1.0), (-35.0, -30.0), (85.0, 90.0)])
def test_the_projection_takes_any_places(latitude: tuple[float, float]) -> None:
    places = np.array(latitude), np.array([20.0, 21.0])
    assert np.isfinite(Projection.of(*places)(*places)).all()


def test_numbers_are_written_without_false_precision() -> None:
    assert [number(x) for x in (0, 1234567, 1234, 12.345, 0.012345, -5.0)] == [
        "0", "1\u202f230\u202f000", "1\u202f230", "12.3", "0.0123", "−5",
    ]  # fmt: skip
    assert [percent(x) for x in (0, 1, 0.999999, 0.00001, 0.0345, 0.5)] == [
        "0\u202f%", "100\u202f%", "> 99.9\u202f%", "< 0.1\u202f%", "3.5\u202f%", "50\u202f%",
    ]  # fmt: skip
    assert (signed(-2e6, "EUR"), signed(0.05, "share"), signed(0, "t")) == (
        "−EUR\u202f2\u202fM", "+5\u202fpp", "0\u202ft",
    )  # fmt: skip
    assert amount(2_340_000, "EUR") == "EUR\u202f2.34\u202fM" and amount(3, "t") == "3\u202ft"
    assert enumeration("abcde") == "a, b, c and 2 more" and enumeration("ab") == "a and b"


def test_what_ended_a_solve_is_said_in_words() -> None:
    assert {*STOPPED} == {str(limit) for limit in Limit}
    assert stopped("interrupted") == ", stopped by Ctrl-C or a request to stop"
    assert stopped(None) == ""


def test_days_are_dates_of_the_scenario() -> None:
    assert Calendar("2030-03-01").date(4) == "Tue 5 Mar" and Calendar("2030-12-31").full(1) == "1 Jan 2031"


def test_an_itinerary_without_shipments_has_a_map() -> None:
    theatre, scenario = coalition()
    assert plan_map(theatre, Itinerary.of(theatre, scenario, Plan.empty()))["flows"] == []
